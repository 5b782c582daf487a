//! What went wrong, in words a person can use: cause, whose side, what is kept, what next.

use credential::Refusal;

/// A cause with its number, the same on every screen and in every log a person may copy.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// F1: a request that is not made right.
    #[error(
        "F1: the request is not made right ({0}). This is the app's side; nothing was shown. Tell the app."
    )]
    Request(&'static str),
    /// F3: clocks differ.
    #[error(
        "F3: this device's clock and the server's differ by more than five minutes. Set the clock and try again."
    )]
    Clock,
    /// F8: the wallet has no such card.
    #[error(
        "F8: no card in this wallet fits: {0} is missing. Take it with `resonate-wallet cards --refill`."
    )]
    NoCard(String),
    /// F9: no copy left.
    #[error(
        "F9: no unused copy of the card {0} is left. Take new ones with `resonate-wallet cards --refill`."
    )]
    NoCopy(String),
    /// F10: a fact that is for another place alone.
    #[error("F10: {verifier} may not ask for {fact}. Refused; nothing was sent.")]
    NotForThem {
        /// Who asked.
        verifier: String,
        /// What.
        fact: String,
    },
    /// F11: the verifier said no.
    #[error("F11: the answer was refused ({0}). The copy is spent; trying again uses another.")]
    Refused(String),
    /// F12: no answer.
    #[error(
        "F12: no answer came after sending. The history marks it as unknown; it is safe to repeat."
    )]
    NoAnswer,
    /// F19: a card that does not hold what it should.
    #[error("F19: the card that came is not taken ({0}). Nothing of it was stored.")]
    Card(String),
    /// F22: the server is busy.
    #[error("F22: the server is busy. Try again in {0} seconds.")]
    Busy(u64),
    /// Anything the server said in its own words.
    #[error("the server said no: {0}")]
    Server(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Card(refusal.reason().to_owned())
    }
}
