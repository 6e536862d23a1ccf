//! Maps, sets, heaps, strings, formatting and sorting of the Rust standard library, with sums that must come out the same everywhere.

use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque};

fn main() {
    let mut state = 12345u64;
    let mut next = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u32
    };
    let numbers: Vec<u32> = (0..20000).map(|_| next() % 5000).collect();
    let mut hashed: HashMap<u32, usize> = HashMap::new();
    let mut ordered: BTreeMap<u32, usize> = BTreeMap::new();
    for &number in &numbers {
        *hashed.entry(number).or_default() += 1;
        *ordered.entry(number).or_default() += 1;
    }
    println!("{} different, maps agree: {}", hashed.len(), ordered.iter().all(|(k, v)| hashed[k] == *v));
    println!("{:?}", ordered.range(100..106).collect::<Vec<_>>());
    let set: HashSet<u32> = numbers.iter().copied().filter(|n| n % 7 == 0).collect();
    println!("multiples of seven: {}", set.len());
    let mut heap: BinaryHeap<u32> = numbers.iter().copied().collect();
    println!("largest: {:?}", (0..5).filter_map(|_| heap.pop()).collect::<Vec<_>>());
    let mut queue: VecDeque<u32> = (0..10).collect();
    queue.rotate_left(3);
    println!("{queue:?}");
    let mut sorted = numbers.clone();
    sorted.sort_by(|a, b| (b % 100).cmp(&(a % 100)).then(a.cmp(b)));
    println!("{:?} ... {:?}", &sorted[..4], &sorted[sorted.len() - 4..]);
    let text = "the quick brown fox jumps over the lazy dog";
    let capitals: Vec<String> = text.split(' ').map(|w| w[..1].to_uppercase() + &w[1..]).collect();
    println!("{}", capitals.join(" "));
    println!("{:>8.3}|{:<8}|{:^8}|{:#010b}|{:+e}|{:?}", 3.14159, "left", "mid", 42, 12345.678, Some("quoted \"x\"\n"));
    println!("{:?} {:?}", "12x".parse::<i32>().map_err(|e| e.to_string()), i64::MAX.checked_add(1));
    println!("{}", (1..=30u128).product::<u128>());
}
