// What is signed along with a card, in words: an amount, to whom, how far.

import type { Transaction } from "../../lib/transaction.ts";
import { creditWords, euroWords } from "../facts.ts";
import { say } from "../words.ts";

export function Signed({ transaction }: { transaction: Transaction }) {
  if (transaction.type === "payment") {
    const { amount, payee, purpose, asset } = transaction;
    return (
      <dl class="facts amount">
        <dt>{say("pay-amount")}</dt>
        <dd class="big-number">{amountWords(amount, asset)}</dd>
        {asset === "UCR" ? <dd>{say("pay-euro", { euro: euroWords(amount) })}</dd> : null}
        <dt>{say("pay-payee")}</dt>
        <dd>{payee}</dd>
        <dt>{say("pay-purpose")}</dt>
        <dd>{purpose}</dd>
      </dl>
    );
  }
  if (transaction.type === "mandate") {
    const { maxPlay, maxTotal, days } = transaction;
    return (
      <dl class="facts amount">
        <dt>{say("pay-limit")}</dt>
        <dd class="big-number">{say("pay-credits", { amount: creditWords(maxTotal) })}</dd>
        <dd>{say("pay-euro", { euro: euroWords(maxTotal) })}</dd>
        <dt>{say("pay-days")}</dt>
        <dd>{say("pay-days-n", { n: String(days) })}</dd>
        <dt>{say("pay-play")}</dt>
        <dd>{say("pay-credits", { amount: creditWords(maxPlay) })}</dd>
      </dl>
    );
  }
  return <p class="notice warn">{say("pay-payout")}</p>;
}

function amountWords(amount: string, asset: string): string {
  if (asset === "UCR") return say("pay-credits", { amount: creditWords(amount) });
  return `${amount} ${asset}`;
}

export function signedButton(transaction: Transaction): string {
  if (transaction.type === "payment") {
    return say("pay-do", { amount: amountWords(transaction.amount, transaction.asset) });
  }
  if (transaction.type === "mandate") {
    return say("pay-limit-do", { amount: creditWords(transaction.maxTotal) });
  }
  return say("pay-payout-do");
}
