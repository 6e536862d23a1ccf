//! panic HOW: a message on standard error and a trap (`panic`), an arithmetic overflow (`overflow`), an index (`index`), an exit code (`exit N`).

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    println!("before");
    match arguments.get(1).map(String::as_str) {
        Some("panic") => panic!("on purpose"),
        Some("overflow") => println!("{}", i32::MAX.checked_add(arguments.len() as i32).expect("too large")),
        Some("index") => println!("{}", arguments[arguments.len() + 1]),
        Some("exit") => std::process::exit(arguments[2].parse().unwrap()),
        _ => println!("after"),
    }
}
