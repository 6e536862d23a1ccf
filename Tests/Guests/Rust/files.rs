//! The file functions of the Rust standard library in the directory given as the first argument: write, append, read, list, rename, remove.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

fn list(directory: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let mark = if kind.is_dir() { "/" } else if kind.is_symlink() { "@" } else { "" };
        names.push(entry.file_name().to_string_lossy().into_owned() + mark);
    }
    names.sort();
    Ok(names)
}

fn work(root: &Path) -> io::Result<()> {
    let place = root.join("rust");
    fs::create_dir_all(place.join("deep/er"))?;
    let mut file = File::create(place.join("lines"))?;
    for number in 1..=1000 {
        writeln!(file, "line {number}")?;
    }
    drop(file);
    OpenOptions::new().append(true).open(place.join("lines"))?.write_all(b"the end\n")?;
    let lines: Vec<String> = BufReader::new(File::open(place.join("lines"))?).lines().collect::<Result<_, _>>()?;
    println!("{} lines, last {:?}, {} bytes", lines.len(), lines.last().unwrap(), fs::metadata(place.join("lines"))?.len());
    let mut file = OpenOptions::new().read(true).write(true).open(place.join("lines"))?;
    file.seek(SeekFrom::Start(5))?;
    file.write_all(b"X")?;
    file.seek(SeekFrom::End(-8))?;
    let mut rest = String::new();
    file.read_to_string(&mut rest)?;
    println!("rest {rest:?}");
    file.set_len(9)?;
    drop(file);
    println!("{:?}", fs::read_to_string(place.join("lines"))?);
    fs::copy(place.join("lines"), place.join("deep/copy"))?;
    fs::rename(place.join("lines"), place.join("deep/er/moved"))?;
    println!("{:?} {:?} {:?}", list(&place)?, list(&place.join("deep"))?, list(&place.join("deep/er"))?);
    for (what, result) in [
        ("read absent", fs::read(place.join("absent")).map(|_| ())),
        ("create over", OpenOptions::new().write(true).create_new(true).open(place.join("deep/copy")).map(|_| ())),
        ("remove full", fs::remove_dir(place.join("deep"))),
        ("read directory", fs::read(place.join("deep")).map(|_| ())),
    ] {
        println!("{what}: {:?}", result.map_err(|error| error.kind()));
    }
    fs::remove_dir_all(&place)?;
    println!("exists afterwards: {}", place.exists());
    Ok(())
}

fn main() {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".to_string());
    if let Err(error) = work(Path::new(&root)) {
        eprintln!("files: {error}");
        std::process::exit(1);
    }
}
