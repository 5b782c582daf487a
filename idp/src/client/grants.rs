//! Grant types: what an app may bring to `/token`.

/// One way to tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantType {
    /// A code of a sign-in (RFC 6749 section 4.1).
    Code,
    /// A refresh token.
    Refresh,
    /// The app itself, for nobody (RFC 6749 section 4.4).
    OwnBehalf,
    /// A device without keyboard or browser (RFC 8628).
    Device,
}

impl GrantType {
    /// All, as discovery lists them.
    pub(crate) const ALL: [Self; 4] = [Self::Code, Self::Refresh, Self::OwnBehalf, Self::Device];
    /// What an app gets that registers none.
    pub(crate) const DEFAULT: [Self; 2] = [Self::Code, Self::Refresh];

    /// The word in requests and registrations.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "authorization_code",
            Self::Refresh => "refresh_token",
            Self::OwnBehalf => "client_credentials",
            Self::Device => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// Reads the word; what does not exist here is `None`.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}
