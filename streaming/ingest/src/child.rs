//! The program inside the sandbox: the only reader of hostile bytes.
//!
//! `measure SOURCE ENDING` answers facts and tags as JSON, `pcm SOURCE ENDING` writes interleaved
//! f32 little-endian samples, `cover SOURCE OUT` writes pictures. A refusal is one line of JSON
//! on standard error and exit code 1.

use crate::{Facts, Refused, Tags, cover, decode, measure::Ear, tags};
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsString,
    io::{BufWriter, Write},
    path::Path,
    process::ExitCode,
};

/// What `measure` answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub facts: Facts,
    pub tags: Tags,
}

/// Runs one task; `arguments` are those after the program's own name and subcommand.
#[must_use]
pub fn run(arguments: &[OsString]) -> ExitCode {
    match task(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refused) => {
            eprintln!("{}", serde_json::json!(refused));
            ExitCode::FAILURE
        }
    }
}

fn task(arguments: &[OsString]) -> Result<(), Refused> {
    let [task, source, third] = arguments else {
        return Err(Refused::Tool(
            "ingest-child takes: TASK SOURCE ENDING|OUT".into(),
        ));
    };
    let (source, ending) = (Path::new(source), third.to_string_lossy());
    match task.to_str() {
        Some("measure") => {
            let tags = tags::read(source)?;
            let mut ear = Ear::new();
            decode::decode(source, &ending, |sound, samples| ear.hear(sound, samples))?;
            answer(&Measured {
                facts: ear.facts()?,
                tags,
            })
        }
        Some("pcm") => {
            let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
            decode::decode(source, &ending, |_, samples| {
                samples
                    .iter()
                    .try_for_each(|s| out.write_all(&s.to_le_bytes()))
                    .map_err(pipe)
            })?;
            out.flush().map_err(pipe)
        }
        Some("cover") => answer(&cover::pictures(source, Path::new(third))?),
        _ => Err(Refused::Tool(
            "ingest-child knows measure, pcm and cover".into(),
        )),
    }
}

fn answer(value: &impl Serialize) -> Result<(), Refused> {
    let text = serde_json::to_string(value).map_err(|e| Refused::Tool(e.to_string()))?;
    writeln!(std::io::stdout(), "{text}").map_err(pipe)
}

fn pipe(e: impl std::fmt::Display) -> Refused {
    Refused::Tool(format!("writing to the pipe: {e}"))
}
