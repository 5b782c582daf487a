// The library's flows, with what this page knows: whom to believe, which tab this is, where to return.

import { fromB64url } from "@resonate/lib/bytes";
import { isRecord } from "@resonate/lib/json";
import { solve } from "@resonate/lib/work";
import { Failed } from "../lib/failures.ts";
import type { Opened } from "../lib/opened.ts";
import { present as presentFlow } from "../lib/present.ts";
import { join as joinFlow, renew, resume as resumeFlow, takeOffer } from "../lib/receive.ts";
import type { Flow } from "../lib/step.ts";
import type { Policy } from "../lib/trust.ts";
import { parseCertificate } from "../lib/x509.ts";
import { peekThen } from "./place.ts";
import { tab } from "./platform.ts";
import * as state from "./state.ts";

/** Past 24 bits a server asks for more than it may. */
const MOST_BITS = 24;

/** Whom the wallet believes: it comes with the page, from the wallet's own origin. */
export function policy(): Policy {
  const config = state.config.value;
  if (!config) throw new Failed(12, "no-config");
  const { id, listen, body } = config;
  const anchors: unknown[] = Array.isArray(body.anchors) ? body.anchors : [];
  return {
    issuer: id,
    listen,
    wallet: location.origin,
    anchors: anchors.flatMap((text) => {
      const der = typeof text === "string" ? fromB64url(text) : null;
      return der ? [{ certificate: parseCertificate(der), name: null, origins: [] }] : [];
    }),
    issuers: [],
    allowLoopback: body.loopback === true,
  };
}

function from(): { tab: string; returnTo: string | null } {
  return { tab: tab(), returnTo: peekThen() };
}

/** The work that stands before joining, about a second. */
export async function admission(): Promise<string> {
  const { issuer } = policy();
  const answer = await fetch(`${issuer}/join/challenge`, { credentials: "omit" });
  const body: unknown = await answer.json();
  if (!answer.ok || !isRecord(body)) throw new Failed(22, "challenge");
  const { challenge, bits } = body;
  if (typeof challenge !== "string" || typeof bits !== "number" || bits > MOST_BITS) {
    throw new Failed(22, "challenge");
  }
  const breathe = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  return `pow:${challenge}:${await solve(challenge, bits, breathe)}`;
}

export function join(opened: Opened, admission: string): Flow {
  return joinFlow(opened, policy(), { ...from(), handle: opened.persona.name, admission });
}

export function resume(opened: Opened, url: string): Flow {
  return resumeFlow(opened, policy(), { url });
}

export function take(opened: Opened, url: string): Flow {
  return takeOffer(opened, policy(), { ...from(), url });
}

export function present(opened: Opened, url: string): Flow {
  return presentFlow(opened, policy(), { url, tab: tab() });
}

/** New copies of the Listener card. */
export function refill(opened: Opened): Flow {
  const { issuer } = policy();
  return renew(opened, policy(), { ...from(), issuer, configuration: "listener" });
}
