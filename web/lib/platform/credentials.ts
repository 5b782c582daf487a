// The only file that names navigator.credentials: two acts, one question, one courtesy.

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
