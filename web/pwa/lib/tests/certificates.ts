// Certificates for tests, written by hand: an anchor, and leaves it signs (RFC 5280).

import { type Bytes, fromHex, joined, utf8 } from "@resonate/lib/bytes";

const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
const ES256 = { name: "ECDSA", hash: "SHA-256" } as const;

export interface Certified {
  der: Bytes;
  keys: CryptoKeyPair;
}

function tlv(tag: number, ...parts: Bytes[]): Bytes {
  const body = joined(...parts);
  const { length } = body;
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return joined(new Uint8Array([tag, ...size]), body);
}

const seq = (...parts: Bytes[]) => tlv(0x30, ...parts);
const oid = (hex: string) => tlv(0x06, fromHex(hex) ?? new Uint8Array());
const flag = (...bytes: number[]) => new Uint8Array(bytes);
const ECDSA_SHA256 = seq(oid("2a8648ce3d040302"));
const name = (text: string) => seq(tlv(0x31, seq(oid("550403"), tlv(0x0c, utf8(text)))));

function time(seconds: number): Bytes {
  const text = new Date(seconds * 1000).toISOString().replace(/[-:T]|\.\d+/g, "");
  return tlv(0x18, utf8(text));
}

/** r and s as DER has them. */
function derSignature(raw: Bytes): Bytes {
  const integer = (bytes: Bytes) => {
    let at = 0;
    while (at < bytes.length - 1 && bytes[at] === 0) at++;
    const short = bytes.slice(at);
    return tlv(0x02, (short[0] ?? 0) > 127 ? joined(flag(0), short) : short);
  };
  return seq(integer(raw.slice(0, 32)), integer(raw.slice(32)));
}

export interface Wanted {
  subject: string;
  hosts: readonly string[];
  isAuthority: boolean;
  from: number;
  until: number;
  /** Who signs; itself where nobody is named. */
  by: { name: string; key: CryptoKey } | null;
}

export async function certificate(wanted: Wanted): Promise<Certified> {
  const keys = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  const basic = seq(
    oid("551d13"),
    flag(0x01, 0x01, 0xff),
    tlv(0x04, seq(...(wanted.isAuthority ? [flag(0x01, 0x01, 0xff)] : []))),
  );
  const hosts = wanted.hosts.map((host) => tlv(0x82, utf8(host)));
  const names = hosts.length > 0 ? [seq(oid("551d11"), tlv(0x04, seq(...hosts)))] : [];
  const signer = wanted.by ?? { name: wanted.subject, key: keys.privateKey };
  const tbs = seq(
    tlv(0xa0, tlv(0x02, flag(2))),
    tlv(0x02, flag(1)),
    ECDSA_SHA256,
    name(signer.name),
    seq(time(wanted.from), time(wanted.until)),
    name(wanted.subject),
    spki,
    tlv(0xa3, seq(basic, ...names)),
  );
  const raw = new Uint8Array(await crypto.subtle.sign(ES256, signer.key, tbs));
  const der = seq(tbs, ECDSA_SHA256, tlv(0x03, flag(0), derSignature(raw)));
  return { der, keys };
}
