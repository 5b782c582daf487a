// Runs recorded against a real demo server, played again without one: the same inputs lead to the same
// steps, to the letter but for signatures.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { keepDocument, openWallet } from "../opened.ts";
import { present } from "../present.ts";
import { join, resume } from "../receive.ts";
import type { Flow, Input, Step } from "../step.ts";
import type { Policy } from "../trust.ts";
import { createVault, drawIdentity } from "../vault/open.ts";
import { MemoryStore } from "./memory.ts";
import { plainStep, type Recording, type Run, worldOf } from "./recording.ts";
import { passkey } from "./wallets.ts";

const PATH = new URL("../../../../tests/vectors/wallet_runs.json", import.meta.url);
const recording: Recording = JSON.parse(readFileSync(PATH, "utf8"));

describe("recorded runs", () => {
  it("are played again: joining, the wallet's own key, twenty cards, an answer that is refused", async () => {
    const [world, store] = [worldOf(recording), new MemoryStore()];
    const { document, day } = await createVault(world, {
      identity: drawIdentity(world),
      way: passkey(),
      name: "me",
    });
    await store.write(await keepDocument(store, document));
    const opened = await openWallet({ store, world }, document, day);
    const policy: Policy = { ...recording.origins, anchors: [], issuers: [], allowLoopback: true };
    const flowOf = ({ flow, wish }: Run): Flow => {
      const { url = "", tab = "", handle = "", admission = "" } = wish;
      if (flow === "join") return join(opened, policy, { handle, admission, tab, returnTo: null });
      return flow === "resume"
        ? resume(opened, policy, { url })
        : present(opened, policy, { url, tab });
    };
    expect(recording.runs.map(({ flow }) => flow)).toEqual([
      "join",
      "present",
      "resume",
      "present",
    ]);
    for (const run of recording.runs) {
      const flow = flowOf(run);
      for (const [input, wanted] of run.turns) {
        const step: Step = await flow.next(input as Input);
        expect(JSON.parse(JSON.stringify(plainStep(step)))).toEqual(wanted);
        if (step.kind === "save") expect(await store.write(step.changes)).toBe(true);
      }
    }
  });
});
