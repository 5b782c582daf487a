// How much was really heard, and when the server wants to know. No clock, no element: numbers in,
// numbers out.

const EARLY_MS = 15_000;
const EARLY_UNTIL_MS = 45_000;
const LATER_MS = 60_000;
/** A beat at the threshold that did not qualify yet (bytes or wall time lag behind) is repeated. */
const AGAIN_MS = 3_000;
/** A step of the position beyond this is a seek, not listening. */
const LEAP_MS = 1_500;

export interface Moment {
  /** Wall clock, milliseconds, never going back. */
  now: number;
  /** Position in the track, milliseconds. */
  position: number;
  /** Whether sound was coming out. */
  playing: boolean;
}

export class Heard {
  #heard: number;
  #last: Moment | undefined;

  constructor(heard = 0) {
    this.#heard = heard;
  }

  /** Whole milliseconds heard; never falls. */
  get ms(): number {
    return Math.floor(this.#heard);
  }

  /** Notes a moment. Counts the smaller of what the position and the clock moved. */
  note(moment: Moment): void {
    const last = this.#last;
    this.#last = moment;
    if (!last?.playing) return;
    const clock = moment.now - last.now;
    const moved = moment.position - last.position;
    if (moved <= 0 || clock <= 0 || moved > clock + LEAP_MS) return;
    this.#heard += Math.min(moved, clock);
  }
}

/** When the next beat is due, in milliseconds heard, after one sent at `sent`. */
export function nextBeat(sent: number, qualifyMs: number, qualified: boolean): number {
  if (!qualified && sent >= qualifyMs) return sent + AGAIN_MS;
  const early = (Math.floor(sent / EARLY_MS) + 1) * EARLY_MS;
  const regular = early <= EARLY_UNTIL_MS ? early : sent + LATER_MS;
  return !qualified && qualifyMs > sent ? Math.min(regular, qualifyMs) : regular;
}
