#![doc = include_str!("../README.md")]

mod app;
mod cases;
mod grants;

fn main() {
    let mut failed = 0;
    for (name, case) in cases::CASES {
        match case() {
            Ok(()) => println!("ok - {name}"),
            Err(fault) => {
                failed += 1;
                println!("not ok - {name}: {fault:?}");
            }
        }
    }
    println!("{} passed, {failed} failed", cases::CASES.len() - failed);
    std::process::exit(i32::from(failed > 0));
}
