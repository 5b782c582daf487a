// Whom the wallet believes (CR7, CR30, CR73), what it keeps of status lists (F9), and how long it stays
// unlocked.

import { b64url } from "@resonate/lib/bytes";
import { signJws } from "@resonate/lib/jws";
import {
  type Ed25519Pair,
  ed25519OfSeed,
  generateKey,
  type KeyPair,
} from "@resonate/lib/platform/webcrypto";
import { beforeEach, describe, expect, it } from "vitest";
import { copiesOf, keepCopy } from "../copies.ts";
import { drive } from "../drive.ts";
import { HIDDEN_S, IDLE_S, lock, reopen, stayOpen } from "../session.ts";
import { keptLists, refreshStatuses, revokedBy, statusAge } from "../statuses.ts";
import type { HttpAnswer, HttpRequest } from "../step.ts";
import { issuerOf, readTrustList, withStatusKeys } from "../trust.ts";
import { mayBeShown, typeOf } from "../vocab.ts";
import { ISSUER, LISTEN, no } from "./coop.ts";
import { data, verdict } from "./corpus.ts";
import { newWallet, type TestWallet, worldAt } from "./wallets.ts";

const NOW = 1_795_251_600;
const DAY = 86_400;

let pinned: Ed25519Pair;
let cards: KeyPair;
let lists: KeyPair;
beforeEach(async () => {
  pinned = await ed25519OfSeed(new Uint8Array(32).fill(3));
  [cards, lists] = [await generateKey(), await generateKey()];
});

function claims() {
  const one = (iss: string, state: string) => ({
    iss,
    state,
    vcts: [`${iss}/vct/member/1`],
    keys: [{ ...cards.jwk, kid: "c" }],
    status_keys: [{ ...lists.jwk, kid: "s" }],
  });
  return {
    seq: 7,
    iat: NOW,
    exp: NOW + 10 * DAY,
    issuers: [one("https://id.sister.coop", "active"), one("https://id.lost.coop", "distrusted")],
    senders: [],
  };
}

const signed = (
  change: Record<string, unknown> = {},
  typ = "resonate-trust+jwt",
  key: Ed25519Pair | KeyPair = pinned,
) => signJws(key, { typ, kid: "t" }, { ...claims(), ...change });

describe("the trust list (CR73)", () => {
  const read = (token: string, seq = 7) => readTrustList(token, { key: pinned.jwk, now: NOW, seq });

  it("names a sister co-op, and one that is not believed any more", async () => {
    const list = await read(await signed());
    expect(list.issuers.map(({ iss }) => iss)).toEqual(["https://id.sister.coop"]);
    expect(list.issuers[0]?.statusKeys.map(({ kid }) => kid)).toEqual(["s"]);
    expect(list.distrusted).toEqual(["https://id.lost.coop"]);
  });
  const rows: [string, string, () => Promise<string>, number?][] = [
    [
      "by another key",
      "trust-signature",
      async () => signed({}, undefined, await ed25519OfSeed(new Uint8Array(32))),
    ],
    ["by an ES256 key", "trust-signature", () => signed({}, undefined, cards)],
    ["of another type", "trust-format", () => signed({}, "JWT")],
    ["with a lower number", "trust-older", () => signed(), 8],
    ["that ended", "trust-expired", () => signed({ exp: NOW })],
    ["that never ends", "trust-expired", () => signed({ exp: NOW + 31 * DAY })],
    ["without issuers", "trust-format", () => signed({ issuers: "all" })],
    [
      "with an issuer of no types",
      "trust-format",
      () => signed({ issuers: [{ iss: "https://x.example" }] }),
    ],
  ];
  for (const [what, word, token, seq] of rows) {
    it(`one ${what} changes nothing: ${word}`, async () => {
      const text = await token();
      expect(await verdict(() => read(text, seq))).toBe(word);
    });
  }
});

describe("an issuer's own documents (CR7)", () => {
  it("are its own, with keys in one form", async () => {
    const good = { issuer: ISSUER, jwks: { keys: [{ ...cards.jwk, kid: "c" }] } };
    expect(issuerOf(data(good), ISSUER).keys.map(({ kid }) => kid)).toEqual(["c"]);
    const wrong = [
      { ...good, issuer: `${ISSUER}/` },
      { ...good, jwks_uri: `${ISSUER}/jwks` },
      { issuer: ISSUER },
      { ...good, jwks: { keys: [] } },
      { ...good, jwks: { keys: [{ ...cards.jwk, d: "AA" }] } },
    ];
    for (const one of wrong)
      expect(await verdict(() => issuerOf(data(one), ISSUER))).toBe("issuer");
  });
  it("name the keys of its status lists, for itself alone", async () => {
    const own = issuerOf(
      data({ issuer: ISSUER, jwks: { keys: [{ ...cards.jwk, kid: "c" }] } }),
      ISSUER,
    );
    const list = await signed({
      issuers: [{ iss: ISSUER, status_keys: [{ ...lists.jwk, kid: "s" }] }],
    });
    expect(withStatusKeys(own, list).statusKeys.map(({ kid }) => kid)).toEqual(["s"]);
    expect(await verdict(async () => withStatusKeys(own, await signed()))).toBe("issuer");
  });
});

describe("what the wallet knows of cards", () => {
  it("who may be shown what", () => {
    const at = (fact: string, verifier: string) =>
      mayBeShown(fact, { verifier, iss: ISSUER, listen: LISTEN });
    const rows = ["account", "member_no", "holder_ref"].map((fact) => [
      at(fact, ISSUER),
      at(fact, LISTEN),
      at(fact, "https://a.example"),
    ]);
    expect(rows).toEqual(Array.from({ length: 3 }, () => [true, false, false]));
    expect([
      at("listener", LISTEN),
      at("listener", ISSUER),
      at("listener", "https://a.example"),
    ]).toEqual([true, true, false]);
    expect(at("tier", "https://a.example")).toBe(true);
  });
  it("which types there are", () => {
    expect(typeOf(ISSUER, `${ISSUER}/vct/member/1`)).toMatchObject({ copies: 10, hasStatus: true });
    expect(typeOf(ISSUER, "https://evil.example/vct/member/1")).toBeNull();
  });
});

describe("status lists on this device (CR30)", () => {
  let wallet: TestWallet;
  let world: ReturnType<typeof worldAt>;
  let seen: string[];
  let served: string;
  const uri = `${ISSUER}/status/4`;

  const listed = async (
    bytes: Uint8Array<ArrayBuffer>,
    change: Record<string, unknown> = {},
    key = lists,
  ) => {
    const packed = new Response(
      new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate")),
    );
    const lst = b64url(new Uint8Array(await packed.arrayBuffer()));
    const said = {
      sub: uri,
      iat: world.now(),
      exp: world.now() + DAY,
      ttl: 900,
      status_list: { bits: 1, lst },
    };
    return signJws(key, { typ: "statuslist+jwt", kid: "s" }, { ...said, ...change });
  };
  const send = async ({ url }: HttpRequest): Promise<HttpAnswer> => {
    seen.push(url);
    return served === "" ? no(503, "busy") : { status: 200, headers: {}, body: served };
  };
  const issuer = () => ({
    iss: ISSUER,
    vcts: [],
    keys: [],
    statusKeys: [{ key: lists.jwk, kid: "s" }],
  });
  const refresh = () =>
    drive(refreshStatuses(wallet.opened, [issuer()]), {
      store: wallet.store,
      send,
      ask: async () => ({ say: "no" }),
    });
  const isRevoked = async () => {
    const [copy] = await copiesOf(wallet.opened);
    return copy ? (await revokedBy(wallet.store))(copy) : null;
  };

  beforeEach(async () => {
    world = worldAt(NOW);
    wallet = await newWallet(world);
    seen = [];
    const exp = NOW + 30 * DAY;
    const card = {
      vct: `${ISSUER}/vct/member/1`,
      iss: ISSUER,
      exp,
      token: "t~",
      claims: {},
      status: { uri, idx: 9 },
    };
    await wallet.store.write(await keepCopy(wallet.opened, await generateKey(), card));
  });

  it("are fetched when due, and show a withdrawal within one refresh", async () => {
    served = await listed(new Uint8Array([0, 0]));
    await refresh();
    expect(await isRevoked()).toBe(false);
    served = await listed(new Uint8Array([0, 2]));
    await refresh();
    expect(seen).toEqual([uri]);
    world.ahead(901);
    served = await listed(new Uint8Array([0, 2]));
    await refresh();
    expect(await isRevoked()).toBe(true);
  });
  it("that are not right leave the old one standing", async () => {
    served = await listed(new Uint8Array([0, 2]));
    await refresh();
    world.ahead(901);
    const bad = [
      "",
      "no list",
      await listed(new Uint8Array([0, 0]), { sub: `${ISSUER}/status/5` }),
      await listed(new Uint8Array([0, 0]), { exp: NOW }),
      await listed(new Uint8Array([0, 0]), {}, cards),
    ];
    for (served of bad) await refresh();
    expect(await isRevoked()).toBe(true);
    expect((await keptLists(wallet.store)).size).toBe(1);
  });
  it("of another origin are not asked", async () => {
    const exp = NOW + 30 * DAY;
    const status = { uri: "http://evil.localhost/status/1", idx: 1 };
    const card = {
      vct: `${ISSUER}/vct/member/1`,
      iss: ISSUER,
      exp,
      token: "t~",
      claims: {},
      status,
    };
    await wallet.store.write(await keepCopy(wallet.opened, await generateKey(), card));
    served = await listed(new Uint8Array([0, 0]));
    await refresh();
    expect(seen).toEqual([uri]);
  });
  it("say how old they are: past a day it is said in amber", async () => {
    served = await listed(new Uint8Array([0, 0]));
    await refresh();
    const age = async () =>
      statusAge(await copiesOf(wallet.opened), await keptLists(wallet.store), world.now());
    expect(await age()).toEqual({ age: 0, isStale: false });
    world.ahead(DAY + 1);
    expect(await age()).toEqual({ age: DAY + 1, isStale: true });
  });
});

describe("unlocked", () => {
  let wallet: TestWallet;
  let world: ReturnType<typeof worldAt>;
  beforeEach(async () => {
    world = worldAt(NOW);
    wallet = await newWallet(world);
    await stayOpen(wallet.opened);
  });
  it("over a change of page, with the same persona, until ten idle minutes are over", async () => {
    const again = await reopen(wallet.store, world);
    expect(again?.persona).toEqual(wallet.opened.persona);
    world.ahead(IDLE_S - 1);
    expect(await reopen(wallet.store, world)).not.toBeNull();
    world.ahead(1);
    expect(await reopen(wallet.store, world)).toBeNull();
    expect(await wallet.store.get("keys", "open")).toBeUndefined();
    expect(HIDDEN_S).toBeLessThan(IDLE_S);
  });
  it("what is kept for it can only derive, and is gone on lock", async () => {
    const row = (await wallet.store.get("keys", "open")) as { key: CryptoKey };
    expect(row.key.extractable).toBe(false);
    expect([...row.key.usages].sort()).toEqual(["deriveBits", "deriveKey"]);
    await expect(crypto.subtle.exportKey("raw", row.key)).rejects.toThrow();
    await lock(wallet.store);
    expect(await reopen(wallet.store, world)).toBeNull();
  });
  it("not with a clock that was set back, and not for another vault", async () => {
    world.ahead(-IDLE_S);
    expect(await reopen(wallet.store, world)).toBeNull();
    const other = await newWallet(world);
    await stayOpen(other.opened);
    const row = await other.store.get("keys", "open");
    await wallet.store.write([{ table: "keys", key: "open", put: row }]);
    expect(await reopen(wallet.store, world)).toBeNull();
  });
});
