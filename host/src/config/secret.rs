//! Secrets in the configuration: `x` or `x_file`, never both, and no file that others can read.

use super::ConfigError;
use kernel::Secret;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// The two ways to give one secret.
#[derive(Debug)]
pub struct SecretSource<'a> {
    /// Name of the key, for errors: `database.url`.
    pub key: &'a str,
    /// The value of `x`.
    pub value: Option<&'a str>,
    /// The value of `x_file`, relative to `base`.
    pub file: Option<&'a Path>,
    /// The folder of the configuration file.
    pub base: &'a Path,
}

impl SecretSource<'_> {
    /// The secret; a line end after it is cut.
    ///
    /// # Errors
    /// [`ConfigError`]: both, neither, or a file that is absent, unreadable or open to others.
    pub fn read(&self) -> Result<Secret<String>, ConfigError> {
        let key = self.key;
        match (self.value, self.file) {
            (Some(value), None) => Ok(Secret::new(value.to_owned())),
            (None, Some(file)) => {
                let text = private_file(&format!("{key}_file"), &self.base.join(file))?;
                Ok(Secret::new(
                    text.expose().trim_end_matches(['\r', '\n']).to_owned(),
                ))
            }
            (Some(_), Some(_)) => Err(ConfigError::new(
                key,
                format!("both `{key}` and `{key}_file` are given"),
                "Keep one of them",
            )),
            (None, None) => Err(ConfigError::new(
                key,
                "this secret is missing",
                format!("Give `{key}` or, better, `{key}_file`"),
            )),
        }
    }
}

/// Reads a text file that only its owner may read.
///
/// # Errors
/// [`ConfigError`] naming `key`: absent, unreadable, not text, or readable by group or others.
pub fn private_file(key: &str, path: &Path) -> Result<Secret<String>, ConfigError> {
    let shown = path.display();
    let about = fs::metadata(path).map_err(|error| {
        ConfigError::new(
            key,
            format!("{shown} cannot be opened ({})", error.kind()),
            "Create the file, or correct the path",
        )
    })?;
    if about.permissions().mode() & 0o077 != 0 {
        return Err(ConfigError::new(
            key,
            format!("{shown} can be read by others"),
            format!("Run: chmod 600 {shown}"),
        ));
    }
    fs::read_to_string(path).map(Secret::new).map_err(|error| {
        ConfigError::new(
            key,
            format!("{shown} cannot be read ({})", error.kind()),
            "Check its owner and content",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_given_once_and_kept_private() {
        let base = std::env::temp_dir().join(format!("resonate-secret-{}", std::process::id()));
        fs::create_dir_all(&base).unwrap();
        fs::write(base.join("s"), "open sesame\n").unwrap();
        fs::set_permissions(base.join("s"), fs::Permissions::from_mode(0o640)).unwrap();
        let file = Path::new("s");
        let source = |value, file| SecretSource {
            key: "db.url",
            value,
            file,
            base: &base,
        };
        let said = source(None, Some(file)).read().unwrap_err();
        assert!(said.to_string().contains("chmod 600"), "{said}");
        fs::set_permissions(base.join("s"), fs::Permissions::from_mode(0o600)).unwrap();
        let read = source(None, Some(file)).read().unwrap();
        assert_eq!(read.expose(), "open sesame");
        let said = source(Some("x"), Some(file)).read().unwrap_err();
        assert!(said.what.contains("both"), "{said}");
        let said = source(None, None).read().unwrap_err();
        assert!(said.what.contains("missing"), "{said}");
        let said = source(None, Some(Path::new("absent"))).read().unwrap_err();
        assert!(said.what.contains("cannot be opened"), "{said}");
        fs::remove_dir_all(&base).unwrap();
    }
}
