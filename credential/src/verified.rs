//! The mark of a thing that passed its door.

use std::ops::Deref;

/// A `T` whose signature and claims were checked. Only this crate can make one, so a function that
/// takes `Verified<T>` cannot be handed a `T` that somebody merely parsed.
///
/// ```compile_fail
/// let forged = credential::Verified("unchecked");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    pub(crate) const fn new(checked: T) -> Self {
        Self(checked)
    }

    /// Gives up the mark and keeps the thing.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
