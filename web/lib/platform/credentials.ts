// The only file that names navigator.credentials: two acts, one question, one courtesy.

import type { Bytes } from "../bytes.ts";
import { isRecord } from "../json.ts";

export interface Passkeys {
  /** The platform can make and show passkeys and speaks their JSON form. */
  works: boolean;
  /** A passkey can be offered inside the name field, without a click. */
  inField: boolean;
}

/** What this browser can do. `off` is the switch by which a test plays an old browser. */
export async function passkeys(off = false): Promise<Passkeys> {
  const has =
    !off &&
    typeof PublicKeyCredential !== "undefined" &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function" &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function";
  if (!has) return { works: false, inField: false };
  const inField = (await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false;
  return { works: true, inField };
}

/** Makes a passkey from the server's options (JSON) and returns its JSON form. */
export async function createPasskey(options: unknown): Promise<unknown> {
  if (!isRecord(options)) throw new TypeError("options are no object");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  return asJson(await navigator.credentials.create({ publicKey }));
}

/** Shows a passkey. With `inField` it waits in the name field until one is picked or `signal` ends it. */
export async function getPasskey(
  options: unknown,
  { inField, signal }: { inField: boolean; signal: AbortSignal },
): Promise<unknown> {
  if (!isRecord(options)) throw new TypeError("options are no object");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const mediation = inField ? "conditional" : "optional";
  return asJson(await navigator.credentials.get({ publicKey, mediation, signal }));
}

/** Tells the passkey store which passkeys the account still has, where the browser can. */
export async function signalPasskeys(accepted: {
  rpId: string;
  userId: string;
  allAcceptedCredentialIds: string[];
}): Promise<void> {
  try {
    await PublicKeyCredential.signalAllAcceptedCredentials?.(accepted);
  } catch {
    // A courtesy to the passkey store: the login stands without it.
  }
}

function asJson(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new TypeError("no passkey came back");
  return credential.toJSON();
}

/** What a passkey with the PRF extension gave. `toJSON()` would hold the outputs too: it is not used. */
export interface PrfTouch {
  credentialId: Bytes;
  /** `user.id`; only when a passkey was shown, not when it was made. */
  userHandle: Bytes | null;
  /** The two outputs, or `null` where this passkey has no PRF. */
  outputs: { first: Bytes; second: Bytes } | null;
}

export interface PrfInputs {
  first: Bytes;
  second: Bytes;
}

/**
 * Makes a passkey that opens something on this device. No server checks it: the challenge is random.
 * `outputs` is `null` where the platform gives them only when the passkey is shown, or never.
 */
export async function createPrfPasskey(wanted: {
  rpId: string;
  rpName: string;
  userId: Bytes;
  userName: string;
  inputs: PrfInputs;
}): Promise<PrfTouch> {
  const publicKey: PublicKeyCredentialCreationOptions = {
    rp: { id: wanted.rpId, name: wanted.rpName },
    user: { id: wanted.userId, name: wanted.userName, displayName: wanted.userName },
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    pubKeyCredParams: [
      { type: "public-key", alg: -7 },
      { type: "public-key", alg: -8 },
      { type: "public-key", alg: -257 },
    ],
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    attestation: "none",
    extensions: { prf: { eval: { ...wanted.inputs } } },
  };
  return touched(await navigator.credentials.create({ publicKey }));
}

/** Shows a passkey of this origin: any, or one of `allow`. */
export async function touchPrfPasskey(wanted: {
  rpId: string;
  allow: readonly Bytes[];
  inputs: PrfInputs;
  signal?: AbortSignal;
}): Promise<PrfTouch> {
  const publicKey: PublicKeyCredentialRequestOptions = {
    rpId: wanted.rpId,
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    allowCredentials: wanted.allow.map((id) => ({ type: "public-key", id })),
    userVerification: "required",
    extensions: { prf: { eval: { ...wanted.inputs } } },
  };
  const signal = wanted.signal ? { signal: wanted.signal } : {};
  return touched(await navigator.credentials.get({ publicKey, ...signal }));
}

function touched(credential: Credential | null): PrfTouch {
  if (!(credential instanceof PublicKeyCredential)) throw new TypeError("no passkey came back");
  const { results } = credential.getClientExtensionResults().prf ?? {};
  const [first, second] = [bytesOf(results?.first), bytesOf(results?.second)];
  const shown = credential.response;
  const handle = shown instanceof AuthenticatorAssertionResponse ? shown.userHandle : null;
  return {
    credentialId: new Uint8Array(credential.rawId),
    userHandle: handle ? new Uint8Array(handle) : null,
    outputs: first && second ? { first, second } : null,
  };
}

function bytesOf(source: BufferSource | undefined): Bytes | null {
  if (source === undefined) return null;
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return new Uint8Array(view);
}
