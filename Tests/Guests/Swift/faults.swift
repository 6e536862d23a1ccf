// faults HOW: runtime failures of Embedded Swift, which are traps: `index`, `overflow`, `nil`, `precondition`. `none` ends well.

@main
struct Faults {
    static func main() {
        let arguments = Process.arguments
        let how = arguments.count > 1 ? arguments[1] : "none"
        let numbers = arguments.map { $0.utf8.count }
        print("before \(how.utf8.count)")
        if how == "index" { print("\(numbers[arguments.count + 3])") }
        if how == "overflow" { print("\(UInt8(truncatingIfNeeded: numbers[0]) &+ 0 + UInt8(255 - (numbers[0] - numbers[0])) )") }
        if how == "nil" { print("\(Int("no number \(how)")!)") }
        if how == "precondition" { precondition(numbers.isEmpty, "there are arguments") }
        print("after")
    }
}
