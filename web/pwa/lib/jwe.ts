// Encrypted answers (OpenID4VP 1.0 section 8.3): ECDH-ES to the request's own key, AES-GCM inside.

import { utf8 } from "@resonate/lib/bytes";
import { CompactEncrypt, importJWK } from "jose";
import { readKey } from "./jose.ts";
import { type Json, type JsonObject, member } from "./json.ts";
import { Refusal } from "./refusal.ts";

export type Enc = "A256GCM" | "A128GCM";

/** Where an answer is sealed to. */
export interface Recipient {
  jwk: { kty: "EC"; crv: "P-256"; x: string; y: string };
  kid: string | null;
  enc: Enc;
}

/** The first key of the request that can be used. Refusal: `request-encryption`. */
export function recipientOf(metadata: Json | undefined): Recipient {
  const keys = member(member(metadata, "jwks"), "keys");
  for (const json of Array.isArray(keys) ? keys : []) {
    const [key, kid] = [readKey(json), member(json, "kid")];
    const [use, alg] = [member(json, "use") ?? "enc", member(json, "alg")];
    if (key?.kty !== "EC" || use !== "enc" || alg !== "ECDH-ES") continue;
    return { jwk: key, kid: typeof kid === "string" ? kid : null, enc: encOf(metadata) };
  }
  throw new Refusal("request-encryption");
}

function encOf(metadata: Json | undefined): Enc {
  // A128GCM is what stands where nothing is said (section 5.1).
  const named = member(metadata, "encrypted_response_enc_values_supported") ?? ["A128GCM"];
  const known: readonly Enc[] = ["A256GCM", "A128GCM"];
  const enc = known.find((one) => Array.isArray(named) && named.includes(one));
  if (!enc) throw new Refusal("request-encryption");
  return enc;
}

export async function encrypt(to: Recipient, answer: JsonObject): Promise<string> {
  const kid = to.kid === null ? {} : { kid: to.kid };
  const key = await importJWK({ ...to.jwk }, "ECDH-ES");
  return new CompactEncrypt(utf8(JSON.stringify(answer)))
    .setProtectedHeader({ alg: "ECDH-ES", enc: to.enc, ...kid })
    .encrypt(key);
}
