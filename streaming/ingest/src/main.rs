//! Imports one file by hand and says what would be taken: `resonate-ingest FILE WORK`.

use std::{env::args_os, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let all: Vec<_> = args_os().collect();
    if all.get(1).is_some_and(|a| a == "ingest-child") {
        return ingest::child::run(&all[2..]);
    }
    let [me, source, work] = all.as_slice() else {
        eprintln!("usage: resonate-ingest FILE WORK-FOLDER");
        return ExitCode::from(2);
    };
    let made = ingest::Tools::find(PathBuf::from(me), false)
        .and_then(|tools| ingest::track(&tools, source.as_ref(), work.as_ref()));
    match made {
        Ok(made) => {
            println!("{} ms, {:?}", made.facts.duration_ms, made.tags);
            for one in made.renditions {
                println!(
                    "{:8} {:9} bytes {}",
                    one.kind.name(),
                    one.bytes,
                    one.file.display()
                );
            }
            ExitCode::SUCCESS
        }
        Err(refused) => {
            eprintln!("{}: {refused}", refused.slug());
            ExitCode::FAILURE
        }
    }
}
