// A browser without a screen: cookies, redirects and the forms of our pages, by plain HTTP.
const TURNS = 30;

/** Reads the attributes of a tag. */
function attributes(tag) {
  const found = [...tag.matchAll(/([\w-]+)="([^"]*)"/g)];
  return Object.fromEntries(found.map(([, name, value]) => [name, unescape(value)]));
}

/** Undoes the escapes that the templates write. */
function unescape(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return text
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex, digits) => String.fromCodePoint(parseInt(digits, hex ? 16 : 10)))
    .replace(/&(amp|lt|gt|quot);/g, (_, name) => named[name]);
}

/** The form of a page that has the button `name=value`: where it posts, and what. */
function form(html, name, value) {
  for (const [whole, opening] of html.matchAll(/(<form[^>]*>)[\s\S]*?<\/form>/g)) {
    const buttons = [...whole.matchAll(/<button[^>]*>/g)].map(([tag]) => attributes(tag));
    if (!buttons.some((button) => button.name === name && (value === undefined || button.value === value))) continue;
    const button = buttons.find((one) => one.name === name && (value === undefined || one.value === value));
    return filled(whole, opening, name, value ?? button.value);
  }
  return undefined;
}

/** A form as it would be sent, with `name` set. */
function filled(whole, opening, name, value) {
  const fields = [...whole.matchAll(/<input[^>]*>/g)].map(([tag]) => attributes(tag));
  const body = new URLSearchParams(fields.map((field) => [field.name, field.value ?? '']));
  body.set(name, value);
  return { action: attributes(opening).action, body };
}

/** The form for a device's code, with the code typed or as the device's link filled it in. */
function typed(html, code) {
  for (const [whole, opening] of html.matchAll(/(<form[^>]*>)[\s\S]*?<\/form>/g)) {
    const [tag] = whole.match(/<input id="ctl-user-code"[^>]*>/) ?? [];
    const text = tag && (code ?? attributes(tag).value);
    if (text) return filled(whole, opening, 'user_code', text);
  }
  return undefined;
}

/** A browser profile of its own. */
export function browser() {
  const jars = new Map();

  async function load(url, body) {
    const jar = jars.get(url.origin) ?? jars.set(url.origin, new Map()).get(url.origin);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', 'accept-language': 'en', ...(cookie && { cookie }) };
    const sent = body && { origin: url.origin, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' };
    const answer = await fetch(url, {
      method: body ? 'POST' : 'GET', body, redirect: 'manual', headers: { ...headers, ...sent },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (/max-age=0/i.test(line)) jar.delete(name); else jar.set(name, value);
    }
    return answer;
  }

  /** Opens `address` and presses what must be pressed, until it is led to an address that begins
   *  with `until`; that one is returned and not loaded. Without `until`: the last page's text. */
  async function open(address, { until, persona = 'listener', decision = 'allow', code } = {}) {
    const presses = [
      ['demo_as', persona], ['decision', decision], ['logout', 'yes'], ['continue', undefined],
    ];
    let [url, body, nickname] = [new URL(address), undefined, undefined];
    for (let turn = 0; turn < TURNS; turn += 1) {
      if (until && url.href.startsWith(until)) return { url: url.href, nickname };
      const answer = await load(url, body);
      const to = answer.headers.get('location');
      if (to) {
        [url, body] = [new URL(to, url), undefined];
        continue;
      }
      const page = await answer.text();
      const next = presses.map(([name, value]) => form(page, name, value)).find((found) => found) ?? typed(page, code);
      if (!next) {
        if (until) throw new Error(`stuck at ${url} (${answer.status}): ${page.slice(0, 2000)}`);
        return { url: url.href, nickname, status: answer.status, page };
      }
      if (next.body.has('nickname')) {
        nickname = next.body.get('nickname') || 'Quiet heron';
        next.body.set('nickname', nickname);
      }
      [url, body] = [new URL(next.action, url), next.body];
    }
    throw new Error(`no end after ${TURNS} pages, at ${url}`);
  }

  return { open };
}
