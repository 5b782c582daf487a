// Refusals as the API gives them (RFC 9457).

import { isRecord } from "./json.ts";

export interface Problem {
  slug: string;
  status: number;
  title: string;
  detail: string | null;
  /** Further members: a price, a day. */
  members: Record<string, unknown>;
  /** To name when asking for help. */
  request: string | null;
}

export class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.slug);
    this.name = "Refused";
    this.problem = problem;
  }
}

/** Reads a refusal; an answer in another form becomes `unreadable`. */
export async function problemOf(response: Response): Promise<Problem> {
  let body: unknown = null;
  try {
    body = JSON.parse(await response.text());
  } catch {
    // A proxy's page, or nothing: the status says the rest.
  }
  const members = isRecord(body) ? body : {};
  const type = typeof members.type === "string" ? members.type : "";
  return {
    slug: type.startsWith("/problems/") ? type.slice("/problems/".length) : "unreadable",
    status: response.status,
    title: typeof members.title === "string" ? members.title : response.statusText,
    detail: typeof members.detail === "string" ? members.detail : null,
    members,
    request: response.headers.get("Request-Id"),
  };
}

/** The JSON of a good answer; a refusal is thrown as `Refused`. */
export async function goodJson(response: Response): Promise<unknown> {
  if (!response.ok) throw new Refused(await problemOf(response));
  return response.status === 204 ? null : JSON.parse(await response.text());
}
