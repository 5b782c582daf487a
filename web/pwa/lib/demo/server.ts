// A demo server of this machine and a browser that only follows redirects: flows against the real
// thing. `RESONATE_DEMO` names a folder with seeded data to copy, `RESONATE_BIN` the program.

import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { HttpAnswer, HttpRequest } from "../step.ts";

export interface Demo {
  issuer: string;
  listen: string;
  wallet: string;
  stop: () => Promise<void>;
}

export async function startDemo(program: string, seeded: string): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), "resonate-wallet-lib-"));
  cpSync(seeded, join(folder, "data"), { recursive: true });
  const args = ["demo", "--data", join(folder, "data"), "--listen", "127.0.0.1:0"];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code: number | null) => reject(new Error(`the demo ended with ${code}`)));
  });
  const said = JSON.parse(line);
  const issuer = new URL(String(said.id ?? said.issuer ?? said.origins?.id));
  const at = (name: string) => `http://${name}.localhost:${issuer.port}`;
  const stop = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { issuer: issuer.origin, listen: at("listen"), wallet: at("wallet"), stop };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

/** As the wallet sends: no cookies, no redirect followed; `*.localhost` is this machine. */
export function sendHere(sent: HttpRequest, more: Record<string, string> = {}): Promise<Seen> {
  const url = new URL(sent.url);
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { ...sent.headers, ...more, host: url.host };
    if (sent.body !== undefined) headers["content-length"] = String(Buffer.byteLength(sent.body));
    const outgoing = request(
      {
        host: "127.0.0.1",
        port: url.port,
        path: url.pathname + url.search,
        method: sent.method,
        headers,
      },
      (answer: IncomingMessage) => {
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.on("end", () => {
          const named = Object.entries(answer.headers).map(([name, value]) => [
            name,
            String(value),
          ]);
          const cookies = answer.headers["set-cookie"] ?? [];
          const body = Buffer.concat(pieces).toString();
          resolve({
            status: answer.statusCode ?? 0,
            headers: Object.fromEntries(named),
            body,
            cookies,
          });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(sent.body);
  });
}

export interface Seen extends HttpAnswer {
  cookies: readonly string[];
}

/** Follows redirects with the cookies of each host until it comes to the wallet's own origin. */
export class Browser {
  readonly #jar = new Map<string, Map<string, string>>();
  readonly #wallet: string;

  constructor(wallet: string) {
    this.#wallet = wallet;
  }

  /** The wallet's address it ends at. A response code in a fragment is posted as the page's script does. */
  async walk(start: string): Promise<string> {
    let next = start;
    for (let steps = 0; steps < 12; steps++) {
      const url = new URL(next);
      if (url.origin === this.#wallet) return next;
      const code = new URLSearchParams(url.hash.slice(1)).get("response_code");
      const answer = await this.#send(url, code);
      const location = answer.headers.location;
      if (location === undefined)
        throw new Error(
          `a page at ${url.pathname}: ${answer.status} ${answer.body.slice(0, 2000)}`,
        );
      next = new URL(location, url).href;
    }
    throw new Error("redirects without end");
  }

  async #send(url: URL, code: string | null): Promise<Seen> {
    const jar = this.#jar.get(url.host) ?? new Map<string, string>();
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers: Record<string, string> = cookie === "" ? {} : { cookie };
    const address = new URL(url);
    address.hash = "";
    const posted = code === null ? null : new URLSearchParams({ response_code: code }).toString();
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await sendHere(
      posted === null
        ? { method: "GET", url: address.href, headers }
        : { method: "POST", url: address.href, headers: { ...headers, ...form }, body: posted },
    );
    for (const line of answer.cookies) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      jar.set(pair.slice(0, at).trim(), pair.slice(at + 1));
    }
    this.#jar.set(url.host, jar);
    return answer;
  }
}
