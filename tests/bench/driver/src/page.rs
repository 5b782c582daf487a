//! Reading the one form of a page that leads on.

/// A form: where it goes, and its hidden fields.
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

/// The form that holds `mark`.
pub fn form_with(page: &str, mark: &str) -> Option<Form> {
    let at = page.find(mark)?;
    let from = page[..at].rfind("<form")?;
    let to = at + page[at..].find("</form>")?;
    let form = &page[from..to];
    let tag = &form[..form.find('>')?];
    let mut fields = Vec::new();
    for input in form.split("<input").skip(1) {
        let input = &input[..input.find('>')?];
        if attribute(input, "type") == Some("hidden") {
            let value = unescape(attribute(input, "value").unwrap_or_default());
            fields.push((attribute(input, "name")?.to_owned(), value));
        }
    }
    Some(Form {
        action: unescape(attribute(tag, "action")?),
        fields,
    })
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let begins = rest[..at].ends_with(|c: char| c.is_whitespace());
        rest = &rest[at + name.len()..];
        if begins && let Some(value) = rest.strip_prefix("=\"") {
            return value.split('"').next();
        }
    }
}

fn unescape(text: &str) -> String {
    text.replace("&#x2F;", "/")
        .replace("&#x3D;", "=")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}
