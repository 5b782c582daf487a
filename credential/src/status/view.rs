//! What a verifier knows of lists at one moment, and what the door asks of it.

use super::List;
use crate::{Refusal, Verified, trust::Issuer, vc::StatusRef};
use kernel::Timestamp;
use std::{collections::HashMap, sync::Arc};

/// Answers whether a place is good. Asked only when the card is otherwise valid.
pub trait StatusView {
    /// When the list was made that shows the place as good.
    ///
    /// # Errors
    /// [`Refusal::Revoked`]; [`Refusal::StatusSub`] for an address outside the issuer's entry;
    /// [`Refusal::StatusRange`]; [`Refusal::StatusUnavailable`] where no list is at hand that is
    /// fresh enough.
    fn check(&self, issuer: &Issuer, at: &StatusRef, now: Timestamp) -> Result<Timestamp, Refusal>;
}

/// Where only cards without a status are taken: any place is refused as unavailable.
#[derive(Clone, Copy, Debug)]
pub struct NoStatus;

impl StatusView for NoStatus {
    fn check(&self, _: &Issuer, _: &StatusRef, _: Timestamp) -> Result<Timestamp, Refusal> {
        Err(Refusal::StatusUnavailable)
    }
}

/// The lists at hand, by address.
#[derive(Clone, Debug, Default)]
pub struct Lists(HashMap<String, Arc<List>>);

impl Lists {
    /// Keeps a list; an older one than is held is let go.
    pub fn put(&mut self, list: Verified<List>) {
        let list = list.into_inner();
        let newer = |held: &Arc<List>| held.iat > list.iat;
        if !self.0.get(&list.uri).is_some_and(newer) {
            self.0.insert(list.uri.clone(), Arc::new(list));
        }
    }

    /// Lets go of all but these addresses.
    pub fn keep(&mut self, uris: &[String]) {
        self.0.retain(|uri, _| uris.contains(uri));
    }

    /// The list of an address, however old.
    #[must_use]
    pub fn get(&self, uri: &str) -> Option<&List> {
        self.0.get(uri).map(AsRef::as_ref)
    }

    /// A view that believes lists made at most `max_age_s` seconds ago.
    #[must_use]
    pub fn no_older_than(&self, max_age_s: i64) -> View<'_> {
        View {
            lists: self,
            max_age_s,
        }
    }
}

/// Lists of a certain freshness.
#[derive(Clone, Copy, Debug)]
pub struct View<'l> {
    lists: &'l Lists,
    max_age_s: i64,
}

impl StatusView for View<'_> {
    fn check(&self, issuer: &Issuer, at: &StatusRef, now: Timestamp) -> Result<Timestamp, Refusal> {
        if !issuer.has_list(&at.uri) {
            return Err(Refusal::StatusSub);
        }
        let list = self.lists.get(&at.uri).ok_or(Refusal::StatusUnavailable)?;
        let age = now.seconds().saturating_sub(list.iat.seconds());
        if age > self.max_age_s || now >= list.exp {
            return Err(Refusal::StatusUnavailable);
        }
        let index = usize::try_from(at.idx).map_err(|_| Refusal::StatusRange)?;
        match list.bits.get(index) {
            Some(0) => Ok(list.iat),
            Some(_) => Err(Refusal::Revoked),
            None => Err(Refusal::StatusRange),
        }
    }
}
