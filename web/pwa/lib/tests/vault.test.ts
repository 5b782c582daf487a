// The vault: the corpus's keys and file, every way it must refuse (VS7 to VS10), merging (VS3), and
// the file this implementation makes for the others to open.

import { readdirSync, readFileSync } from "node:fs";
import { type Bytes, fromB64url, fromHex, hex, joined, utf8 } from "@resonate/lib/bytes";
import { thumbprint } from "@resonate/lib/jws";
import { ed25519OfSeed, hkdfBytes, hkdfKey } from "@resonate/lib/platform/webcrypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stretch } from "../argon.ts";
import { DayKey, personaKey, RootKey, seedInfo } from "../keys.ts";
import type { Rec } from "../vault/body.ts";
import { addWay, rotate } from "../vault/change.ts";
import { parseDocument, type VaultDocument } from "../vault/document.ts";
import { mergeDays, mergeRecords, nextClock, pruned, TOMBSTONE_S } from "../vault/merge.ts";
import {
  createVault,
  drawIdentity,
  notOlder,
  openDay,
  openRoot,
  readerOf,
  readUserHandle,
  unlock,
  unlockRoot,
} from "../vault/open.ts";
import { printDocument } from "../vault/print.ts";
import { checkKdf, PRF_INPUTS, type StretchWork, type Way } from "../vault/ways.ts";
import { platformWorld } from "../world.ts";
import { credentials, verdict } from "./corpus.ts";
import { passkey } from "./wallets.ts";

const { vault, wallet_keys } = credentials;
const bytes = (text: string) => {
  const read = fromHex(text);
  if (!read) throw new Error(`${text} is no hex`);
  return read;
};
const FILE = JSON.stringify(vault.file);
const b64 = (text: string) => fromB64url(text) ?? new Uint8Array(0);

/** Argon2id by the real function, but each work once: it is a second and more. */
const done = new Map<string, Bytes>();
async function stretchOnce(work: StretchWork): Promise<Bytes> {
  const { passphrase, salt, mKib, t, p } = work;
  const name = JSON.stringify([passphrase, hex(salt), mKib, t, p]);
  const known = done.get(name) ?? stretch(work);
  done.set(name, known);
  return known.slice();
}
/** For the tests that wait for it on a busy machine. */
const SLOW_MS = 120_000;

const PASSPHRASE: Way = {
  kind: "passphrase",
  passphrase: vault.passphrase,
  stretch: stretchOnce,
};
const PASSKEY = (): Way => ({
  kind: "prf",
  credentialId: b64(vault.file.slots[1]?.credential_id ?? ""),
  first: bytes(vault.prf_output_day),
  second: bytes(vault.prf_output_root),
});
const SHEET = (): Way => ({ kind: "sheet", bytes: bytes(vault.sheet_entropy) });

describe("keys of personas", () => {
  for (const row of wallet_keys.vectors) {
    it(`${row.label} at ${row.context}`, async () => {
      const label = row.label === "siop" ? "siop" : "offer";
      const persona = bytes(wallet_keys.persona_id);
      expect(hex(seedInfo(label, persona, row.context))).toBe(row.info_hex);
      const seed = await hkdfKey(bytes(wallet_keys.day_seed));
      expect(hex(await hkdfBytes(seed, seedInfo(label, persona, row.context)))).toBe(
        row.ed25519_seed,
      );
      const name = Buffer.from(persona).toString("base64url");
      const key = await personaKey(seed, label, name, row.context);
      expect(key.jwk).toEqual(row.public_jwk);
      expect(await thumbprint(key.jwk)).toBe(row.thumbprint);
      expect(key.privateKey.extractable).toBe(false);
    });
  }
});

describe("the corpus's vault", () => {
  it(
    "Argon2id is the same in every implementation",
    async () => {
      const salt = b64(vault.file.slots[0]?.kdf?.salt ?? "");
      const { passphrase } = vault;
      expect(hex(await stretchOnce({ passphrase, salt, mKib: 65_536, t: 3, p: 1 }))).toBe(
        vault.argon2id_m65536_t3_p1,
      );
      expect(hex(await stretchOnce({ passphrase, salt, mKib: 19_456, t: 2, p: 1 }))).toBe(
        vault.argon2id_m19456_t2_p1,
      );
    },
    SLOW_MS,
  );
  it("keys follow from the root", async () => {
    const root = new RootKey(vault.file.vault_id, bytes(vault.vk));
    expect(hex(await root.dayBytes())).toBe(vault.dk);
    const day = new DayKey(await hkdfKey(bytes(vault.dk)));
    expect((await day.auth()).jwk).toEqual(vault.auth_public_jwk);
    expect(hex(PRF_INPUTS.first)).toBe(hex(utf8("resonate/wallet/kek/v1")));
  });
  const ways: [string, () => Way][] = [
    ["passphrase", () => PASSPHRASE],
    ["passkey", PASSKEY],
    ["sheet", SHEET],
  ];
  for (const [name, way] of ways) {
    it(
      `opens by ${name}, for the day and for one guarded act`,
      async () => {
        const document = parseDocument(FILE);
        const body = await openDay(document, await unlock(document, way()));
        expect(body.daySeed).toBe(JSON.parse(vault.day_json).day_seed);
        expect(body.personas).toEqual(JSON.parse(vault.day_json).personas);
        const root = await openRoot(document, await unlockRoot(document, way()), body);
        expect(root.vaultSeed).toBe(JSON.parse(vault.root_json).vault_seed);
      },
      SLOW_MS,
    );
  }
  it("is written as it was read", () => {
    expect(JSON.parse(printDocument(parseDocument(FILE)))).toEqual(vault.file);
  });
  it("says which vault a passkey is for", async () => {
    const handle = readUserHandle(b64(vault.passkey_user_id));
    expect(handle?.vaultId).toBe(vault.file.vault_id);
    expect(hex(handle?.readToken ?? new Uint8Array())).toBe(vault.read_token);
    expect(await readerOf(bytes(vault.read_token))).toBe(vault.file.readers[0]);
    expect(readUserHandle(new Uint8Array(47))).toBeNull();
  });
});

/** A change of one member, by its path, and the word it must be refused with. */
type Edit = (file: typeof vault.file) => void;

function flipped(text: string): string {
  const raw = b64(text);
  raw[raw.length - 1] = (raw[raw.length - 1] ?? 0) ^ 1;
  return Buffer.from(raw).toString("base64url");
}

async function openEdited(edit: Edit, way: Way): Promise<string> {
  const file = structuredClone(vault.file);
  edit(file);
  return verdict(async () => {
    const document = parseDocument(JSON.stringify(file));
    const body = await openDay(document, await unlock(document, way));
    await openRoot(document, await unlockRoot(document, way), body);
  });
}

describe("a vault that was changed (VS7, VS8, VS9, VS10)", () => {
  const slot = (file: typeof vault.file, n: number) => {
    const found = file.slots[n];
    if (!found) throw new Error("no such slot");
    return found;
  };
  const rows: [string, Edit, string][] = [
    [
      "one bit of the day wrap",
      (f) => {
        slot(f, 1).day = flipped(slot(f, 1).day ?? "");
      },
      "vault-corrupt",
    ],
    [
      "one bit of the root wrap",
      (f) => {
        slot(f, 1).root = flipped(slot(f, 1).root);
      },
      "vault-corrupt",
    ],
    [
      "one bit of the day body",
      (f) => {
        f.day.ct = flipped(f.day.ct);
      },
      "vault-corrupt",
    ],
    [
      "one bit of the root body",
      (f) => {
        f.root.ct = flipped(f.root.ct);
      },
      "vault-corrupt",
    ],
    [
      "of another vault",
      (f) => {
        f.vault_id = flipped(f.vault_id);
      },
      "vault-corrupt",
    ],
    [
      "the day wrap as the root wrap",
      (f) => {
        slot(f, 1).root = slot(f, 1).day ?? "";
      },
      "vault-corrupt",
    ],
    [
      "the root body as the day body",
      (f) => {
        f.day = f.root;
      },
      "vault-corrupt",
    ],
    [
      "the day body's version",
      (f) => {
        f.day.version += 1;
      },
      "vault-corrupt",
    ],
    [
      "the epoch",
      (f) => {
        f.epoch += 1;
      },
      "vault-corrupt",
    ],
    [
      "an older root body",
      (f) => {
        f.root.version = 2;
      },
      "vault-older",
    ],
    [
      "another format",
      (f) => {
        f.format = "resonate-vault/2";
      },
      "vault-format",
    ],
    [
      "no slot of a known kind",
      (f) => {
        f.slots = [{ ...slot(f, 2), kind: "pigeon" }];
      },
      "vault-format",
    ],
    [
      "nine slots",
      (f) => {
        f.slots = Array.from({ length: 9 }, () => slot(f, 2));
      },
      "vault-format",
    ],
    [
      "no slots",
      (f) => {
        f.slots = [];
      },
      "vault-format",
    ],
  ];
  for (const [what, edit, word] of rows) {
    it(`${what}: ${word}`, async () => expect(await openEdited(edit, PASSKEY())).toBe(word));
  }
  const work: [string, { m_kib?: number; t?: number }, string][] = [
    ["8 MiB", { m_kib: 8_192 }, "vault-kdf-weak"],
    ["one pass", { t: 1 }, "vault-kdf-weak"],
    ["4 GiB", { m_kib: 4_194_304 }, "vault-kdf-heavy"],
    ["a hundred passes", { t: 100 }, "vault-kdf-heavy"],
  ];
  for (const [what, kdf, word] of work) {
    it(`${what} of work: ${word}, before any of it (VS9)`, async () => {
      const edit: Edit = (f) => Object.assign(slot(f, 0).kdf ?? {}, kdf);
      const never: Way = {
        ...PASSPHRASE,
        stretch: () => Promise.reject(new Error("work was done")),
      } as Way;
      expect(await openEdited(edit, never)).toBe(word);
    });
  }
  it(
    "another passkey and a mistyped passphrase do not open it, and say so",
    async () => {
      const document = parseDocument(FILE);
      expect(await verdict(() => unlock(document, passkey(40)))).toBe("vault-way");
      const typed = { ...PASSPHRASE, passphrase: "correct horse battery staple o" } as Way;
      expect(await verdict(() => unlock(document, typed))).toBe("vault-way");
    },
    SLOW_MS,
  );
  it("an older document than was known is refused (VS8), another vault's too (VS10)", async () => {
    const document = parseDocument(FILE);
    const older: [Partial<VaultDocument>, string][] = [
      [{}, "accept"],
      [{ version: 11 }, "vault-older"],
      [{ epoch: 0 }, "vault-older"],
      [{ root: { ...document.root, version: 2 } }, "vault-older"],
      [{ vaultId: "AAAAAAAAAAAAAAAAAAAAAA" }, "vault-corrupt"],
    ];
    for (const [change, word] of older) {
      expect(await verdict(() => notOlder({ ...document, ...change }, document))).toBe(word);
    }
  });
  it("a length beyond the plaintext, and padding that is none, are corrupt", async () => {
    const { parseDay } = await import("../vault/body.ts");
    const json = utf8(vault.day_json);
    const length = (n: number) => new Uint8Array([0, 0, n >> 8, n & 255]);
    expect(await verdict(() => parseDay(joined(length(json.length), json)))).toBe("accept");
    expect(await verdict(() => parseDay(joined(length(json.length + 9), json)))).toBe(
      "vault-corrupt",
    );
    const dirty = joined(length(json.length), json, utf8("x"));
    expect(await verdict(() => parseDay(dirty))).toBe("vault-corrupt");
  });
});

describe("a new vault", () => {
  const world = platformWorld();
  it("opens by its passkey; bodies are padded; what it writes says nothing of its size", async () => {
    const identity = drawIdentity(world);
    const { document, body } = await createVault(world, { identity, way: passkey(), name: "me" });
    const again = parseDocument(printDocument(document));
    expect(again).toEqual(document);
    expect(document.day.ct.length % 16_384).toBe(16);
    expect(document.root.ct.length % 16_384).toBe(16);
    const day = await unlock(again, passkey());
    expect(await openDay(again, day)).toEqual(body);
    expect(day.key.extractable).toBe(false);
  });
  it("two vaults of one authenticator stay apart (VS10)", async () => {
    const one = await createVault(world, {
      identity: drawIdentity(world),
      way: passkey(1),
      name: "a",
    });
    const two = await createVault(world, {
      identity: drawIdentity(world),
      way: passkey(50),
      name: "b",
    });
    expect(await verdict(() => unlock(one.document, passkey(50)))).toBe("vault-way");
    const mixed = { ...two.document, slots: one.document.slots };
    expect(await verdict(() => unlock(mixed, passkey(1)))).toBe("vault-corrupt");
  });
  it("a second way in opens it too; ending one makes a new root, and the old way ends", async () => {
    const identity = drawIdentity(world);
    const { document, body } = await createVault(world, { identity, way: passkey(1), name: "a" });
    const root = await unlockRoot(document, passkey(1));
    const readToken = world.random(32);
    const both = await addWay(world, document, root, { way: passkey(50), readToken });
    expect(await openDay(both, await unlock(both, passkey(50)))).toEqual(body);
    const held = await openRoot(both, root, body);
    const keep = [{ way: passkey(50), readToken }];
    const { document: fresh } = await rotate(world, both, { day: body, root: held, keep });
    expect(fresh.epoch).toBe(2);
    expect(await verdict(() => unlock(fresh, passkey(1)))).toBe("vault-way");
    const after = await openDay(fresh, await unlock(fresh, passkey(50)));
    expect(after).toEqual({ ...body, rootVersion: fresh.root.version });
    const again = await openRoot(fresh, await unlockRoot(fresh, passkey(50)), after);
    expect(again).toEqual(held);
    // Who kept the old way and the old document opens the old one only.
    const stale = { ...fresh, slots: both.slots };
    expect(await verdict(() => unlock(stale, passkey(1)))).toBe("vault-corrupt");
  });
  it("work is bounded where it is asked for", async () => {
    const salt = new Uint8Array(16);
    expect(await verdict(() => checkKdf({ mKib: 19_456, t: 2, p: 1, salt }))).toBe("accept");
    expect(await verdict(() => checkKdf({ mKib: 19_455, t: 2, p: 1, salt }))).toBe(
      "vault-kdf-weak",
    );
    expect(await verdict(() => checkKdf({ mKib: 1 << 20, t: 10, p: 1, salt }))).toBe("accept");
    expect(await verdict(() => checkKdf({ mKib: (1 << 20) + 1, t: 10, p: 1, salt }))).toBe(
      "vault-kdf-heavy",
    );
  });
});

const rec: fc.Arbitrary<Rec> = fc.record(
  {
    id: fc.constantFrom("a", "b", "c"),
    kind: fc.constantFrom("persona", "setting"),
    device: fc.constantFrom("d1", "d2"),
    clock: fc.integer({ min: 1, max: 4 }),
    gone: fc.integer({ min: 1, max: 9 }),
    value: fc.dictionary(fc.constantFrom("x", "y"), fc.integer({ min: 0, max: 2 })),
  },
  { requiredKeys: ["id", "kind", "device", "clock", "value"] },
);
const recs = fc.array(rec, { maxLength: 8 });
const day = fc.record({
  rootVersion: fc.integer({ min: 1, max: 3 }),
  daySeed: fc.constant("seed"),
  personas: fc.array(
    fc.record({ id: fc.constantFrom("p", "q"), name: fc.constantFrom("n", "m") }),
    { maxLength: 3 },
  ),
  records: recs,
});

describe("merging (VS3)", () => {
  it("does not depend on the order, and merging twice changes nothing", () => {
    fc.assert(
      fc.property(day, day, day, (a, b, c) => {
        expect(mergeDays(a, b)).toEqual(mergeDays(b, a));
        expect(mergeDays(mergeDays(a, b), c)).toEqual(mergeDays(a, mergeDays(b, c)));
        const once = mergeDays(a, b);
        expect(mergeDays(once, once)).toEqual(once);
        expect(mergeDays(once, b)).toEqual(once);
      }),
    );
  });
  it("keeps each record's latest, and the next clock is above them all", () => {
    fc.assert(
      fc.property(recs, recs, (a, b) => {
        const merged = mergeRecords(a, b);
        for (const one of [...a, ...b]) {
          const kept = merged.find(({ id }) => id === one.id);
          expect(kept && kept.clock >= one.clock).toBe(true);
        }
        expect(merged.every(({ clock }) => clock < nextClock(merged))).toBe(true);
      }),
    );
  });
  it("what was deleted stays deleted, and is forgotten after half a year", () => {
    const base = { id: "a", kind: "setting", value: {} };
    const old = { ...base, device: "d1", clock: 1 };
    const gone = { ...base, device: "d2", clock: 2, gone: 100 };
    expect(mergeRecords([old], [gone])).toEqual([gone]);
    expect(pruned([gone], 100 + TOMBSTONE_S - 1)).toEqual([gone]);
    expect(pruned([gone], 100 + TOMBSTONE_S)).toEqual([]);
  });
});

describe("files of both implementations", () => {
  const folder = new URL("../../../../tests/vectors/", import.meta.url);
  const files = readdirSync(folder).filter((name: string) => /^vault_.*[.]json$/.test(name));
  it("ours is among them", () => expect(files).toContain("vault_typescript.json"));
  for (const name of files) {
    const made = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
    const ways: [string, Way][] = [
      ["passphrase", { kind: "passphrase", passphrase: made.passphrase, stretch: stretchOnce }],
    ];
    if (made.prf_output_day) {
      const [first, second] = [bytes(made.prf_output_day), bytes(made.prf_output_root)];
      ways.push([
        "passkey",
        { kind: "prf", credentialId: b64(made.prf_credential_id), first, second },
      ]);
    }
    if (made.sheet_entropy)
      ways.push(["sheet", { kind: "sheet", bytes: bytes(made.sheet_entropy) }]);
    for (const [kind, way] of ways) {
      it(
        `${name} opens by its ${kind}`,
        async () => {
          const document = parseDocument(JSON.stringify(made.file));
          const body = await openDay(document, await unlock(document, way));
          expect(body.daySeed).toBe(made.day_seed);
          const root = await openRoot(document, await unlockRoot(document, way), body);
          expect(root.vaultSeed).toBe(made.vault_seed);
          if (made.records) expect(body.records).toEqual(made.records);
        },
        SLOW_MS,
      );
    }
  }
});

it("a raw seed does not outlive the key that is made of it", async () => {
  const seed = new Uint8Array(32).fill(9);
  await ed25519OfSeed(seed);
  expect(seed.every((byte) => byte === 0)).toBe(true);
});
