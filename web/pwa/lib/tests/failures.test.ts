// The failures as data: 22 rows, and details that name nobody.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { details, FAILURES, type Failure, type FailureCode, rowOf } from "../failures.ts";

const CODES = Object.keys(FAILURES).map((code) => Number(code) as FailureCode);
describe("each failure", () => {
  it("is one of 22, has a side and something to do", () => {
    expect(CODES).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
    for (const code of CODES) expect(FAILURES[code].acts.length).toBeGreaterThan(0);
  });
});

describe("details that are copied", () => {
  const failure: Failure = {
    code: 11,
    word: "kb-nonce",
    step: "answer",
    at: 1_795_251_630,
    host: "id.example.coop",
    status: 400,
    request: "req_123",
    about: "https://id.example.coop/vct/member/1",
  };
  it("say release, step, code, host, minute, request and status, and no more", () => {
    expect(details(failure, "1.4.0+abc").split("\n")).toEqual([
      "wallet: 1.4.0+abc",
      "code: F11",
      "reason: kb-nonce",
      "step: answer",
      "host: id.example.coop",
      "minute: 2026-11-21T09:00Z",
      "request: req_123",
      "status: 400",
    ]);
  });
  it("let no words of the other side through but fixed ones", () => {
    const secret = fc.constantFrom(
      "quiet otter",
      "eyJhbGciOi.x~y",
      "a@b.example",
      "https://x.example/?code=1",
      "DE89 3704",
    );
    fc.assert(
      fc.property(secret, fc.constantFrom("word", "step", "host", "request"), (text, member) => {
        expect(details({ ...failure, [member]: text }, "1")).not.toContain(text);
      }),
    );
  });
});

it("words of refusals have a row each", () => {
  const rows: [string, FailureCode][] = [
    ["request-nonce", 1],
    ["request-time", 2],
    ["vault-older", 18],
    ["store-corrupt", 16],
    ["revoked", 9],
    ["status-expired", 9],
    ["cnf", 19],
  ];
  for (const [word, row] of rows) expect(rowOf(word)).toBe(row);
});
