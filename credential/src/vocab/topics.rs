//! Names of events, without version. Who may send which: [`crate::trust::SENDERS`].

/// A module hands a grant to the issuer.
pub const IDP_OFFER: &str = "idp.offer";
/// A module takes a grant back.
pub const IDP_WITHDRAW: &str = "idp.withdraw";
/// An offer was turned into cards.
pub const IDP_REDEEMED: &str = "idp.redeemed";
/// A watched card is no longer good.
pub const IDP_WATCH_ENDED: &str = "idp.watch_ended";
/// A play passed its qualifying beat: its hold may be paid.
pub const STREAMING_QUALIFIED: &str = "streaming.qualified";
/// A play ended before it: its hold is given back.
pub const STREAMING_RELEASED: &str = "streaming.released";
/// A day of plays is closed; its manifest has this hash.
pub const STREAMING_DAY: &str = "streaming.day";
/// An order was paid.
pub const PAYMENTS_SETTLED: &str = "payments.settled";
/// A payment was disputed.
pub const PAYMENTS_DISPUTED: &str = "payments.disputed";
