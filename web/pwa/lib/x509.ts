// Just enough of X.509 (RFC 5280) to follow a request's chain to a pinned anchor: P-256 with SHA-256,
// validity, basic constraints, names of hosts. What is not understood and critical refuses.

import { type Bytes, b64url } from "@resonate/lib/bytes";
import { type PublicJwk, verifyEs256 } from "@resonate/lib/platform/webcrypto";
import { Refusal } from "./refusal.ts";

export interface Certificate {
  der: Bytes;
  key: PublicJwk;
  issuer: Bytes;
  subject: Bytes;
  /** Seconds since 1970. */
  from: number;
  until: number;
  isAuthority: boolean;
  /** Lower case. */
  hosts: readonly string[];
  signed: Bytes;
  /** r || s. */
  signature: Bytes;
}

interface Tlv {
  tag: number;
  /** The content. */
  body: Bytes;
  /** Header and content. */
  all: Bytes;
}

const malformed = () => new Refusal("request-client");

/** The things that stand one after another in `bytes`. */
function read(bytes: Bytes): Tlv[] {
  const all: Tlv[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0x80;
    let head = 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count < 1 || count > 3) throw malformed();
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
      head += count;
    }
    const end = at + head + length;
    if (end > bytes.length) throw malformed();
    all.push({ tag, body: bytes.slice(at + head, end), all: bytes.slice(at, end) });
    at = end;
  }
  return all;
}

function inner(tlv: Tlv | undefined, tag = 0x30): Tlv[] {
  if (tlv?.tag !== tag) throw malformed();
  return read(tlv.body);
}

const hexOf = (bytes: Bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const ECDSA_SHA256 = "2a8648ce3d040302";
const EC_P256 = "2a8648ce3d0201 2a8648ce3d030107";
const [BASIC, KEY_USAGE, ALT_NAMES] = ["551d13", "551d0f", "551d11"];
const [CONTEXT_0, CONTEXT_3, DNS_NAME] = [0xa0, 0xa3, 0x82];

/** Refusal: `request-client`. */
export function parseCertificate(der: Bytes): Certificate {
  const [outer, ...rest] = read(der);
  const [tbs, algorithm, signature] = inner(outer);
  if (rest.length > 0 || !tbs || signature?.tag !== 0x03) throw malformed();
  if (oid(inner(algorithm)[0]) !== ECDSA_SHA256) throw malformed();
  const fields = inner(tbs);
  if (fields[0]?.tag === CONTEXT_0) fields.shift();
  const [, , issuer, validity, subject, spki, ...more] = fields;
  const [from, until] = inner(validity).map(time);
  if (!issuer || !subject || from === undefined || until === undefined) throw malformed();
  const extensions = more.find(({ tag }) => tag === CONTEXT_3);
  return {
    der,
    key: publicKey(spki),
    issuer: issuer.all,
    subject: subject.all,
    from,
    until,
    ...readExtensions(extensions),
    signed: tbs.all,
    signature: rawSignature(signature.body.slice(1)),
  };
}

function oid(tlv: Tlv | undefined): string {
  if (tlv?.tag !== 0x06) throw malformed();
  return hexOf(tlv.body);
}

/** UTCTime or GeneralizedTime, both in Z. */
function time({ tag, body }: Tlv): number {
  const text = String.fromCharCode(...body);
  const full = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full)?.slice(1).map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = parts ?? [];
  if (!parts || (tag !== 0x17 && tag !== 0x18)) throw malformed();
  return Date.UTC(y, mo - 1, d, h, mi, s) / 1000;
}

function publicKey(spki: Tlv | undefined): PublicJwk {
  const [algorithm, point] = inner(spki);
  const [kind, curve] = inner(algorithm);
  if (`${oid(kind)} ${oid(curve)}` !== EC_P256 || point?.tag !== 0x03) throw malformed();
  const bytes = point.body.slice(1);
  if (bytes.length !== 65 || bytes[0] !== 4) throw malformed();
  const [x, y] = [b64url(bytes.slice(1, 33)), b64url(bytes.slice(33))];
  return { kty: "EC", crv: "P-256", x, y };
}

function readExtensions(wrapped: Tlv | undefined): { isAuthority: boolean; hosts: string[] } {
  const found = { isAuthority: false, hosts: [] as string[] };
  for (const extension of wrapped ? inner(read(wrapped.body)[0]) : []) {
    const [id, ...rest] = inner(extension);
    const value = rest.at(-1);
    const isCritical = rest.length === 2 && rest[0]?.body[0] === 0xff;
    if (value?.tag !== 0x04) throw malformed();
    const name = oid(id);
    if (name === BASIC) found.isAuthority = inner(read(value.body)[0])[0]?.body[0] === 0xff;
    else if (name === ALT_NAMES) found.hosts = hostsIn(read(value.body)[0]);
    else if (isCritical && name !== KEY_USAGE) throw malformed();
  }
  return found;
}

function hostsIn(names: Tlv | undefined): string[] {
  const dns = inner(names).filter(({ tag }) => tag === DNS_NAME);
  return dns.map(({ body }) => String.fromCharCode(...body).toLowerCase());
}

/** DER's two integers as r || s. */
function rawSignature(der: Bytes): Bytes {
  const numbers = inner(read(der)[0]);
  const out = new Uint8Array(64);
  numbers.slice(0, 2).forEach(({ body }, i) => {
    const bytes = body.length > 32 ? body.slice(body.length - 32) : body;
    out.set(bytes, 32 * (i + 1) - bytes.length);
  });
  return out;
}

const same = (a: Bytes, b: Bytes) => a.length === b.length && a.every((byte, i) => byte === b[i]);

async function isIssuedBy(child: Certificate, parent: Certificate): Promise<boolean> {
  if (!parent.isAuthority || !same(child.issuer, parent.subject)) return false;
  return verifyEs256(parent.key, child.signature, child.signed).catch(() => false);
}

const MOST_CHAIN = 4;

/**
 * The anchor a chain leads to: leaf first, then intermediates, the anchor itself left out. A leaf that
 * signed itself, or an anchor sent along, refuses. Refusal: `request-client`.
 */
export async function anchorOf<A extends { certificate: Certificate }>(
  chain: readonly Certificate[],
  anchors: readonly A[],
  now: number,
): Promise<A> {
  const isPinned = (one: Certificate) => anchors.some((a) => same(a.certificate.der, one.der));
  const [leaf] = chain;
  if (!leaf || chain.length > MOST_CHAIN || leaf.isAuthority) throw malformed();
  if (chain.some((one) => isPinned(one) || now < one.from || now > one.until)) throw malformed();
  for (const [i, one] of chain.entries()) {
    const next = chain[i + 1];
    if (next && !(await isIssuedBy(one, next))) throw malformed();
  }
  const last = chain.at(-1) ?? leaf;
  for (const anchor of anchors) {
    const { certificate } = anchor;
    const isCurrent = now >= certificate.from && now <= certificate.until;
    if (isCurrent && (await isIssuedBy(last, certificate))) return anchor;
  }
  throw malformed();
}
