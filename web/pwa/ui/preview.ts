// What a request says of itself in its address, for somebody without a wallet. Nothing here is
// believed: with a wallet the whole request is checked first (`lib/request.ts`).

import { isRecord } from "@resonate/lib/json";
import { factWords } from "./facts.ts";

export interface Preview {
  who: string;
  facts: string[];
  /** It came from a picture on another screen. */
  otherDevice: boolean;
}

/** `null`: no request of a kind this wallet knows. */
export function askedBy(query: URLSearchParams): Preview | null {
  const at = query.get("response_uri") ?? query.get("request_uri");
  if (!query.get("client_id") || at === null || !URL.canParse(at)) return null;
  const url = new URL(at);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const dcql = query.get("dcql_query");
  return {
    who: url.hostname,
    facts: dcql === null ? [] : factsOf(dcql),
    otherDevice: query.get("resonate_device") === "other",
  };
}

function factsOf(dcql: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(dcql);
  } catch {
    return [];
  }
  const cards: unknown[] =
    isRecord(json) && Array.isArray(json.credentials) ? json.credentials : [];
  return cards.slice(0, 16).flatMap((card) => {
    const claims: unknown[] = isRecord(card) && Array.isArray(card.claims) ? card.claims : [];
    return claims.slice(0, 64).flatMap((claim) => {
      const path: unknown = isRecord(claim) ? claim.path : null;
      const name: unknown = Array.isArray(path) ? path[0] : null;
      return typeof name === "string" ? [factWords(name)] : [];
    });
  });
}
