// Nine dots: how often this track was paid, and so how near it is to being owned.

import { PLAYS, playsDone } from "./rows.ts";

export function Dots({ n, owned, label }: { n: number; owned: boolean; label: string }) {
  const done = playsDone({ n, owned });
  return (
    <span class="dots" role="img" aria-label={label}>
      <svg viewBox="0 0 108 12" aria-hidden="true">
        {Array.from({ length: PLAYS }, (_, i) => (
          <circle class={i < done ? "dot on" : "dot"} cx={6 + 12 * i} cy="6" r="4" />
        ))}
      </svg>
    </span>
  );
}
