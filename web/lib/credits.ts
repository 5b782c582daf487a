// Amounts are whole micro-credits; only their text has a point.

const UNIT = 1_000_000;

/** `2000` as `0.002`; exact, with at least `places` digits after the point. */
export function credits(ucr: number, places = 3): string {
  const sign = ucr < 0 ? "-" : "";
  const whole = Math.floor(Math.abs(ucr) / UNIT);
  const part = String(Math.abs(ucr) % UNIT).padStart(6, "0");
  const kept = part.replace(/0+$/, "").padEnd(places, "0");
  return kept === "" ? `${sign}${whole}` : `${sign}${whole}.${kept}`;
}
