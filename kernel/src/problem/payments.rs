//! Refusals of `payments`. `streaming` passes some of them on: a hold refused there refuses a play.

super::slugs! { PAYMENTS:
    FUNDS = "funds", 402, "The purse holds too little", "The purse's available credit is smaller than the price. Nothing was charged.", "Top up the purse, or listen to the preview; the play may then be tried again.";
    MANDATE_LIMIT = "mandate-limit", 402, "A spending limit of yours is reached", "The price is above what the mandate allows for one play, or the sum of its days is used up.", "Wait until the day named in the answer, or sign a mandate with another limit.";
    INTENT_INVALID = "intent-invalid", 403, "The signed intent does not fit this play", "The intent is missing, expired, by another key, for another play or audience, or allows less than the price.", "Sign an intent for exactly this play with the price that was shown.";
    MANDATE = "mandate", 403, "There is no mandate for this", "The mandate is unknown, not yet confirmed, expired, revoked, or of another purse.", "Sign a mandate on the purse page with the key that plays.";
    PRESENTATION = "presentation", 403, "The card that was shown does not confirm this", "The presentation or the step-up is not for exactly this request, was used before, or names somebody else.", "Start again from the purse page. What was asked for stays open until its end.";
    RULE_UNKNOWN = "rule-unknown", 403, "This rule is not in force", "The request names a rule file that no resolution has passed.", "Use the rule that the catalogue names for the track.";
    CALLER = "caller", 403, "This module may not ask for that", "The peer call is signed, yet its sender has no right to this act.", "Operators: check the trust table and which module calls.";
    HOLD_UNKNOWN = "hold-unknown", 404, "There is no such hold", "No hold of this id was ever made here.", "Operators: the event is kept; compare the two modules' days.";
    ID_CONFLICT = "id-conflict", 409, "This id was used for something else", "A transfer or order with this id exists and its content differs.", "Use a fresh id for a new request; repeat the old one unchanged.";
    EXCEEDS_HOLD = "exceeds-hold", 409, "More than was held", "A post may take at most what its hold keeps.", "Operators: the sending module is wrong about the price.";
    HOLD_EXPIRED = "hold-expired", 409, "The hold has ended", "A hold ends after 24 hours; this one ended before it was posted.", "Operators: the day will differ by this amount and is settled by a person.";
    ALREADY_POSTED = "already-posted", 409, "This hold was posted", "A hold has at most one post or void, and this one was posted.", "Nothing needs doing; the post stands.";
    ALREADY_VOIDED = "already-voided", 409, "This hold was freed", "A hold has at most one post or void, and this one was voided.", "Nothing needs doing; the credit is back in the purse.";
    DAY_CLOSED = "day-closed", 409, "This day is closed", "The day's manifest has been taken; no play of that day can be held or changed.", "Start the play again; it then counts for today.";
    AMOUNT = "amount", 422, "This amount is not possible", "Amounts are whole, positive minor units within 63 bits.", "Send a whole positive number of the units the address names.";
    OFF_LADDER = "off-ladder", 422, "This is not a price of the ladder", "The amount is none of the nine prices of the rule that was named.", "Operators: the sending module prices wrongly; look at it now.";
    ACCOUNT_KIND = "account-kind", 422, "These accounts do not go together", "The accounts are of two ledgers, or one of them cannot do this.", "Name two accounts of one ledger; only a limited account can be held.";
    RETURN_URL = "return-url", 422, "This way back is not known", "The address to return to is not one of the configured ones. Nobody was sent there.", "Use an address on the listening site, or leave it out.";
    TOPUP_AMOUNT = "topup-amount", 422, "This is not a top-up we sell", "The sum is not in the list of top-ups.", "Choose one of the sums the purse page shows.";
    WEBHOOK_FORGED = "webhook-forged", 400, "The delivery is not from the provider", "The signature is missing, wrong, too old or from the future.", "Operators: compare the webhook secret and the clock.";
    PROVIDER_AWAY = "provider-away", 503, "The payment provider does not answer", "The provider of card payments cannot be reached. Nothing was charged.", "Try again in a minute; plays go on from the credit you have.";
}
