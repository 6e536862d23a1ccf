//! Reads standard input by lines, evaluates each as an expression in reverse Polish notation, prints results; errors go to standard error and count in the exit code.

use std::io::{self, BufRead, Write};

fn evaluate(line: &str) -> Result<f64, String> {
    let mut stack: Vec<f64> = Vec::new();
    for word in line.split_whitespace() {
        if let Ok(number) = word.parse() {
            stack.push(number);
            continue;
        }
        let (b, a) = (stack.pop().ok_or("too few operands")?, stack.pop().ok_or("too few operands")?);
        stack.push(match word {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "^" => a.powf(b),
            _ => return Err(format!("unknown word {word:?}")),
        });
    }
    match stack.as_slice() {
        [one] => Ok(*one),
        rest => Err(format!("{} values left", rest.len())),
    }
}

fn main() -> io::Result<()> {
    let (input, mut output, mut errors) = (io::stdin().lock(), io::stdout().lock(), 0);
    for (number, line) in input.lines().enumerate() {
        match evaluate(&line?) {
            Ok(value) => writeln!(output, "{value}")?,
            Err(error) => {
                eprintln!("line {}: {error}", number + 1);
                errors += 1;
            }
        }
    }
    output.flush()?;
    std::process::exit(errors)
}
