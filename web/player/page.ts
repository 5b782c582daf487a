// The server-rendered page around the player: its rows, its links, who is signed in.

import type { Row } from "./rows.ts";
import { readRows } from "./rows.ts";

const WANTED = "resonate-wanted";

export interface Page {
  rows: Row[];
  signedIn: boolean;
  /** Addresses that lead to a sign-in or to joining, and back here. */
  login: string;
  join: string;
  paymentsAud: string;
  neighbour: (row: Row | null, by: 1 | -1) => Row | null;
  /** Remembers over a confirmation elsewhere what was to be played. */
  rememberWanted: (track: string) => void;
  takeWanted: () => Row | null;
}

export function readPage(mount: HTMLElement): Page {
  const rows = readRows(document).filter((row) => row.stream !== "off");
  const data = mount.dataset;
  const here = encodeURIComponent(location.pathname + location.search);
  const login = data.login || `/login?return=${here}`;
  return {
    rows,
    signedIn: data.signedIn === "true",
    login,
    join: data.join || `${login}&prompt=create`,
    paymentsAud: data.paymentsAud || `${location.origin}/payments`,
    neighbour: (row, by) => {
      const at = rows.findIndex((other) => other.track === row?.track);
      return at < 0 ? null : (rows[at + by] ?? null);
    },
    rememberWanted: (track) => sessionStorage.setItem(WANTED, track),
    takeWanted: () => {
      const track = sessionStorage.getItem(WANTED);
      sessionStorage.removeItem(WANTED);
      return rows.find((row) => row.track === track) ?? null;
    },
  };
}
