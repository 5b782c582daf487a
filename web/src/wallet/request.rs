//! A presentation request (OpenID4VP 1.0, SIOPv2 draft 13) read for showing, not for answering: the
//! wallet program checks it again, fully, before it sends anything.

use kernel::b64;
use serde_json::Value;

/// What the page says about a request.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    pub(super) who: String,
    pub(super) sends_to: String,
    pub(super) asked: Vec<Asked>,
    pub(super) agreements: Vec<Agreement>,
    /// Whether it came from a picture on another screen.
    pub(super) other_device: bool,
}

/// Facts from one card.
#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) card: String,
    pub(super) facts: Vec<String>,
}

/// What would be agreed to besides, in credits.
#[derive(Debug, PartialEq)]
pub(super) enum Agreement {
    Mandate {
        play: String,
        total: String,
        days: String,
    },
    Payment {
        amount: String,
    },
}

impl Request {
    /// Nothing when the query is not a request this wallet knows: a parameter twice, another response
    /// type, an answer sent elsewhere than to the one who asks.
    pub(super) fn read(query: &str) -> Option<Self> {
        let one = |name: &str| -> Option<String> {
            let mut found = url::form_urlencoded::parse(query.as_bytes())
                .filter(|(n, _)| n == name)
                .map(|(_, v)| v.into_owned());
            let first = found.next()?;
            found.next().is_none().then_some(first)
        };
        let client = one("client_id")?;
        let response_uri = one("response_uri")?;
        // The client is its response address: nobody else can ask in its name.
        if client.strip_prefix("redirect_uri:")? != response_uri {
            return None;
        }
        let to = url::Url::parse(&response_uri).ok()?;
        if !matches!(to.scheme(), "http" | "https") || one("nonce").is_none() {
            return None;
        }
        let asked = match one("response_type")?.as_str() {
            "vp_token" => cards(&one("dcql_query")?)?,
            "id_token" => Vec::new(),
            _ => return None,
        };
        let agreements = match one("transaction_data") {
            Some(list) => agreements(&list)?,
            None => Vec::new(),
        };
        let who = to.host_str()?.to_owned();
        Some(Self {
            who,
            sends_to: response_uri,
            asked,
            agreements,
            other_device: one("resonate_device").as_deref() == Some("other"),
        })
    }
}

fn cards(dcql: &str) -> Option<Vec<Asked>> {
    let query: Value = serde_json::from_str(dcql).ok()?;
    let credentials = query.get("credentials")?.as_array()?;
    if credentials.is_empty() || credentials.len() > 16 {
        return None;
    }
    credentials.iter().map(card).collect()
}

fn card(credential: &Value) -> Option<Asked> {
    let kind = credential.pointer("/meta/vct_values/0")?.as_str()?;
    let mut facts = Vec::new();
    for claim in credential
        .get("claims")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let path = claim.get("path")?.as_array()?;
        let steps: Option<Vec<&str>> = path.iter().map(Value::as_str).collect();
        facts.push(steps?.join(" / "));
    }
    Some(Asked {
        card: card_name(kind),
        facts,
    })
}

/// `https://id.example/vct/listener/1` is the card `listener`; anything else keeps its full name.
fn card_name(kind: &str) -> String {
    let named = kind
        .split_once("/vct/")
        .and_then(|(_, rest)| rest.split_once('/'));
    named.map_or_else(|| kind.to_owned(), |(name, _)| name.to_owned())
}

fn agreements(list: &str) -> Option<Vec<Agreement>> {
    let list: Value = serde_json::from_str(list).ok()?;
    list.as_array()?
        .iter()
        .map(|data| agreement(data.as_str()?))
        .collect()
}

fn agreement(data: &str) -> Option<Agreement> {
    let data: Value = serde_json::from_slice(&b64::decode(data)?).ok()?;
    let number = |name: &str| match data.get(name)? {
        Value::Number(n) => n.as_i64(),
        Value::String(s) => s.parse::<i64>().ok(),
        _ => None,
    };
    match data.get("type")?.as_str()? {
        "urn:resonate:td:mandate:1" => Some(Agreement::Mandate {
            play: credits(number("max_play")?),
            total: credits(number("max_total")?),
            days: number("days")?.to_string(),
        }),
        "urn:resonate:td:payment:1" => Some(Agreement::Payment {
            amount: credits(number("amount")?),
        }),
        _ => None,
    }
}

/// Micro-credits as credits, exactly, without trailing zeros.
fn credits(ucr: i64) -> String {
    let (sign, ucr) = if ucr < 0 {
        ("-", ucr.unsigned_abs())
    } else {
        ("", ucr.unsigned_abs())
    };
    let text = format!("{sign}{}.{:06}", ucr / 1_000_000, ucr % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An OAuth error code: letters and underscores, short.
pub(super) fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    }

    const DCQL: &str = r#"{"credentials":[{"id":"listener","format":"dc+sd-jwt","meta":
        {"vct_values":["http://localhost:8080/vct/listener/1"]},"claims":[{"path":["account"]}]}]}"#;

    fn good() -> Vec<(&'static str, &'static str)> {
        vec![
            ("client_id", "redirect_uri:http://localhost:8080/vp/s"),
            ("response_type", "vp_token"),
            ("response_uri", "http://localhost:8080/vp/s"),
            ("nonce", "n"),
            ("dcql_query", DCQL),
        ]
    }

    #[test]
    fn a_request_says_who_asks_for_what() {
        let read = Request::read(&query(&good())).unwrap();
        assert_eq!(read.who, "localhost");
        let facts = vec!["account".to_owned()];
        assert_eq!(
            read.asked,
            [Asked {
                card: "listener".into(),
                facts
            }]
        );
    }

    #[test]
    fn a_mandate_is_shown_in_credits() {
        let data = b64::encode(
            r#"{"type":"urn:resonate:td:mandate:1","max_play":"512000","max_total":5000000,"days":30}"#,
        );
        let list = format!("[\"{data}\"]");
        let mut pairs = good();
        pairs.push(("transaction_data", &list));
        let read = Request::read(&query(&pairs)).unwrap();
        let (play, total, days) = ("0.512".into(), "5".into(), "30".into());
        assert_eq!(read.agreements, [Agreement::Mandate { play, total, days }]);
    }

    #[test]
    fn what_is_not_understood_is_not_shown_as_if_it_were() {
        let change = |name: &str, value: &'static str| {
            let mut pairs = good();
            for pair in &mut pairs {
                if pair.0 == name {
                    pair.1 = value;
                }
            }
            query(&pairs)
        };
        for bad in [
            String::new(),
            change("client_id", "redirect_uri:http://evil.example/vp/s"),
            change("client_id", "x509_hash:abc"),
            change("response_type", "code"),
            change("response_uri", "javascript:alert(1)"),
            change("dcql_query", "{}"),
            change("dcql_query", r#"{"credentials":[]}"#),
            format!("{}&response_type=id_token", query(&good())),
            format!("{}&transaction_data=%5B%22AA%22%5D", query(&good())),
        ] {
            assert_eq!(Request::read(&bad), None, "{bad}");
        }
    }
}
