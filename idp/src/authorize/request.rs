//! An app's request, checked: the second half of the checks, whose failures the app is told.

use super::{claims, pkce, reply::Mode};
use crate::{
    acr::Acr,
    audience::Named,
    client::{Client, grants::GrantType},
    invite,
    params::Params,
    problem::OAuthError,
    scope,
};
use kernel::{Handle, b64, problem};
use serde::{Deserialize, Serialize};

/// The longest value of a parameter, and of `claims`.
const LONGEST: usize = 2048;
const LONGEST_CLAIMS: usize = 4096;

/// A request that passed every check which needs neither browser nor database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) mode: Mode,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    /// Words we know and the app may ask for, single spaces.
    pub(crate) scope: String,
    pub(crate) resource: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) prompt: Vec<Prompt>,
    /// Greatest age of the proof, seconds.
    pub(crate) max_age: Option<i64>,
    /// Wished strengths we know.
    pub(crate) acr_values: Vec<Acr>,
    /// Whether one of them must be reached.
    pub(crate) acr_essential: bool,
    /// Whether the app must be told when the proof was given.
    pub(crate) auth_time: bool,
    /// Whether it is to be told so where that is known.
    #[serde(default)]
    pub(crate) auth_time_wished: bool,
    /// Claims wished for in the ID Token beside those it always has.
    pub(crate) id_token_claims: Vec<String>,
    /// Subjects, as this app knows them, of which the person must be one: of a hint's ID Token, and
    /// those that `claims` asks for.
    pub(crate) subs: Option<Vec<String>>,
    pub(crate) login_hint: Option<String>,
    pub(crate) ui_locales: Option<String>,
    /// The key the code will be bound to.
    pub(crate) dpop_jkt: Option<String>,
    /// Proof of work, or the hash of an invitation, for joining.
    pub(crate) admission: Option<String>,
    /// Hash of the pushed request it came from, to be taken at the decision.
    pub(crate) par: Option<String>,
}

/// A word of `prompt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Prompt {
    None,
    Login,
    Consent,
    SelectAccount,
    Create,
}

impl Prompt {
    /// All, as discovery lists them.
    pub(crate) const WORDS: [&str; 5] = ["none", "login", "consent", "select_account", "create"];

    fn parse(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::None),
            "login" => Some(Self::Login),
            "consent" => Some(Self::Consent),
            "select_account" => Some(Self::SelectAccount),
            "create" => Some(Self::Create),
            _ => None,
        }
    }
}

impl Request {
    /// Whether no page may be shown.
    pub(crate) fn is_silent(&self) -> bool {
        self.prompt.contains(&Prompt::None)
    }

    /// Whether a fresh proof is wanted however good the login is.
    pub(crate) fn wants_proof(&self) -> bool {
        let fresh = [Prompt::Login, Prompt::SelectAccount, Prompt::Create];
        self.max_age == Some(0) || self.prompt.iter().any(|p| fresh.contains(p))
    }

    /// Whether the consent page is wanted however much was allowed before.
    pub(crate) fn wants_consent(&self) -> bool {
        self.prompt.contains(&Prompt::Consent)
    }

    /// Whether a new account is wished for.
    pub(crate) fn wishes_to_join(&self) -> bool {
        self.prompt.contains(&Prompt::Create)
    }

    /// Whether a login of that strength is enough.
    pub(crate) fn is_content_with(&self, reached: Acr) -> bool {
        self.acr_values.is_empty() || self.acr_values.iter().any(|wish| reached.satisfies(*wish))
    }

    /// Whether a login of that strength may end with a code at all: a wish may stay unfulfilled, a
    /// demand may not, and some scopes demand by themselves.
    pub(crate) fn may_end_with(&self, reached: Acr) -> bool {
        (!self.acr_essential || self.is_content_with(reached)) && reached.may_give(&self.scope)
    }
}

/// Checks 4 to 10 in their order; `client` and `redirect_uri` hold already, and `named` is what
/// `resource` was found to be.
///
/// # Errors
/// The first check that fails, with its code.
pub(crate) fn check(
    client: &Client,
    redirect_uri: &str,
    named: Named,
    params: &Params,
) -> Result<Request, OAuthError> {
    forms(params)?;
    foreign(params)?;
    let mode = response(params)?;
    if !client.may(GrantType::Code) {
        let slug = &problem::UNAUTHORIZED_CLIENT;
        return Err(OAuthError::refused(
            slug,
            "the app is not registered for codes",
        ));
    }
    let challenge = pkce::challenge(client, params)?;
    let scope = scopes(client, params, &named)?;
    let resource = named.fitting(&scope)?.map(|audience| audience.uri);
    let prompt = prompts(params)?;
    let claims = claims::parse(params.get("claims"))?;
    let max_age = max_age(params)?.or(client.default_max_age);
    let (acr_values, acr_essential) = wished_acr(client, params, &claims)?;
    if params
        .get("dpop_jkt")
        .is_some_and(|jkt| b64::decode_array::<32>(jkt).is_none())
    {
        return Err(OAuthError::request("dpop_jkt is no thumbprint"));
    }
    Ok(Request {
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        mode,
        state: params.text("state"),
        nonce: params.text("nonce"),
        scope,
        resource,
        challenge,
        prompt,
        auth_time: max_age.is_some() || client.require_auth_time || claims.auth_time_essential,
        auth_time_wished: claims.auth_time,
        max_age,
        acr_values,
        acr_essential,
        id_token_claims: claims.id_token,
        subs: claims.subs,
        // A hint that is no handle means nothing here, so it is not kept: apps like to send mail
        // addresses.
        login_hint: params
            .text("login_hint")
            .filter(|hint| Handle::parse(hint).is_ok()),
        ui_locales: params.text("ui_locales"),
        dpop_jkt: params.text("dpop_jkt"),
        admission: params.get("resonate_admission").map(invite::at_rest),
        par: None,
    })
}

/// 4: no parameter twice, none too long, no zero byte.
fn forms(params: &Params) -> Result<(), OAuthError> {
    params.strict()?;
    let too_long = |(name, value): (&str, &str)| match name {
        "claims" => value.len() > LONGEST_CLAIMS,
        // An ID Token with its signature may be longer than other values.
        "id_token_hint" => value.len() > 2 * LONGEST_CLAIMS,
        _ => value.len() > LONGEST,
    };
    if params.iter().any(too_long) {
        return Err(OAuthError::request("a parameter is too long"));
    }
    Ok(())
}

/// 5: nothing that would have to be fetched or that registers an app by the way.
fn foreign(params: &Params) -> Result<(), OAuthError> {
    for (name, slug) in [
        ("request", &problem::REQUEST_NOT_SUPPORTED),
        ("request_uri", &problem::REQUEST_URI_NOT_SUPPORTED),
        ("registration", &problem::REGISTRATION_NOT_SUPPORTED),
    ] {
        if params.get(name).is_some() {
            return Err(OAuthError::refused(slug, slug.title));
        }
    }
    Ok(())
}

/// 6: `code`, by query or form.
fn response(params: &Params) -> Result<Mode, OAuthError> {
    match params.get("response_type") {
        Some("code") => {}
        None => return Err(OAuthError::request("response_type is missing")),
        Some(_) => {
            let slug = &problem::UNSUPPORTED_RESPONSE_TYPE;
            return Err(OAuthError::refused(
                slug,
                "only response_type=code is offered",
            ));
        }
    }
    Mode::parse(params.get("response_mode"))
        .ok_or(OAuthError::request("response_mode is not known"))
}

/// 8: unknown words are dropped, known ones the app may not have are refused. The words of the resource
/// that is named are the person's to allow, whichever app asks.
fn scopes(client: &Client, params: &Params, named: &Named) -> Result<String, OAuthError> {
    let refused = |why| OAuthError::refused(&problem::INVALID_SCOPE, why);
    let asked = params.get("scope").ok_or(refused("scope is missing"))?;
    if !scope::is_well_formed(asked) {
        return Err(refused("scope is not well-formed"));
    }
    let mut kept: Vec<&str> = Vec::new();
    for word in asked.split(' ') {
        let known = scope::is_known(word);
        if !known && !named.declares(word) {
            continue;
        }
        if known && !client.scopes.iter().any(|allowed| allowed == word) {
            return Err(refused("the app may not ask for this scope"));
        }
        if !kept.contains(&word) {
            kept.push(word);
        }
    }
    if kept.is_empty() {
        return Err(refused("no known scope is asked for"));
    }
    Ok(kept.join(" "))
}

/// 10: words of `prompt`; `none` stands alone. Words we do not know are left out.
fn prompts(params: &Params) -> Result<Vec<Prompt>, OAuthError> {
    let words = params.get("prompt").unwrap_or_default();
    let mut prompts: Vec<Prompt> = words.split(' ').filter_map(Prompt::parse).collect();
    prompts.dedup();
    if prompts.contains(&Prompt::None) && words.split(' ').filter(|w| !w.is_empty()).count() > 1 {
        return Err(OAuthError::request("prompt=none stands alone"));
    }
    Ok(prompts)
}

fn max_age(params: &Params) -> Result<Option<i64>, OAuthError> {
    let Some(text) = params.get("max_age") else {
        return Ok(None);
    };
    let seconds = text
        .parse::<i64>()
        .ok()
        .filter(|s| *s >= 0 && !text.starts_with('+'));
    seconds
        .map(Some)
        .ok_or(OAuthError::request("max_age is no number of seconds"))
}

/// `acr_values` are a wish; an essential `acr` of `claims` is a demand and must be reachable.
fn wished_acr(
    client: &Client,
    params: &Params,
    claims: &claims::Claims,
) -> Result<(Vec<Acr>, bool), OAuthError> {
    let known = |words: &mut dyn Iterator<Item = &str>| -> Vec<Acr> {
        words.filter_map(Acr::parse).collect()
    };
    if let Some(demanded) = &claims.essential_acr {
        let values = known(&mut demanded.iter().map(String::as_str));
        let reachable = values
            .iter()
            .any(|wish| Acr::REACHABLE.iter().any(|r| r.satisfies(*wish)));
        if !reachable {
            let slug = &problem::UNMET_AUTHENTICATION_REQUIREMENTS;
            return Err(OAuthError::refused(
                slug,
                "no way in here reaches the demanded acr",
            ));
        }
        return Ok((values, true));
    }
    let wished = params.get("acr_values").unwrap_or_default();
    let mut values = known(
        &mut wished
            .split(' ')
            .chain(claims.acr.iter().map(String::as_str)),
    );
    if values.is_empty() && wished.is_empty() {
        values.clone_from(&client.default_acr);
    }
    // A wish nobody can fulfil is no reason to ask for another proof.
    values.retain(|wish| Acr::REACHABLE.iter().any(|r| r.satisfies(*wish)));
    Ok((values, false))
}
