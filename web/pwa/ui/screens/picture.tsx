// A picture for another device's camera, always with the link beside it.

import { useState } from "preact/hooks";
import { Copyable, Do } from "../parts.tsx";
import { say } from "../words.ts";

export function Picture({ url }: { url: string }) {
  const [rows, setRows] = useState<boolean[][] | null>(null);
  const draw = async () => {
    const { drawn } = await import("../qr.ts");
    setRows(drawn(url));
  };
  return (
    <>
      {rows ? (
        <div class="qr-frame">
          <svg class="qr" viewBox={`0 0 ${rows.length} ${rows.length}`} role="img">
            <title>{say("picture-title")}</title>
            <rect class="qr-paper" width="100%" height="100%" />
            <path class="qr-ink" d={path(rows)} />
          </svg>
        </div>
      ) : (
        <p>
          <Do id="ctl-picture" act={draw}>
            {say("picture-show")}
          </Do>
        </p>
      )}
      <Copyable id="link" text={url} label={say("picture-copy")} />
    </>
  );
}

function path(rows: readonly (readonly boolean[])[]): string {
  return rows
    .flatMap((row, y) => row.flatMap((isInk, x) => (isInk ? [`M${x} ${y}h1v1h-1z`] : [])))
    .join("");
}
