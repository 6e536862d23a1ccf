// Ways to wear a heap and a stack out from Rust's standard library, chosen by the first argument: memory that is refused aborts, which is a trap.
use std::collections::{BTreeMap, HashMap};

/// Doubles until it is refused: the copy needs what there is and twice that.
fn vector() {
    let mut all: Vec<u64> = Vec::new();
    loop {
        all.push(all.len() as u64);
    }
}

/// Blocks of many sizes, every second one given back, again and again.
fn scattered() {
    let mut state = 1u64;
    let mut blocks: Vec<Option<Vec<u8>>> = Vec::new();
    for round in 0..200_000usize {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let size = 1usize << ((state >> 40) % 14);
        blocks.push(Some(vec![1; size]));
        if round % 2 == 1 {
            let at = (state >> 20) as usize % blocks.len();
            blocks[at] = None;
        }
        if round % 50_000 == 49_999 {
            blocks.clear();
        }
    }
}

fn tables() {
    let mut map = HashMap::new();
    let mut tree = BTreeMap::new();
    for n in 0..100_000u64 {
        map.insert(n.wrapping_mul(0x9E3779B97F4A7C15), n.to_string());
        tree.insert(n ^ 0x5555, vec![0u8; (n % 17) as usize]);
    }
    assert_eq!(map.len() + tree.len(), 200_000);
}

#[inline(never)]
fn recursion(depth: u64) -> u64 {
    let frame = [depth; 200];
    if depth == u64::MAX { 0 } else { recursion(depth + 1) + unsafe { std::ptr::read_volatile(&frame[depth as usize % 200]) } }
}

/// Threads, sockets and processes, none of which there are.
fn foreign() {
    let _ = std::thread::Builder::new().spawn(|| ()).is_err();
    assert!(std::process::Command::new("ls").spawn().is_err());
    assert!(std::net::TcpListener::bind("127.0.0.1:80").is_err());
    let _ = std::env::set_current_dir("/nowhere");
    let _ = std::fs::read_dir("/nowhere").is_err();
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("vector") => vector(),
        Some("scattered") => scattered(),
        Some("tables") => tables(),
        Some("recursion") => println!("{}", recursion(0)),
        Some("foreign") => foreign(),
        _ => std::process::exit(2),
    }
}
