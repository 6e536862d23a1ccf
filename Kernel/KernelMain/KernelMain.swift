import CMachine
@c(machine_start)
public func kernelMain(_ hart: UInt, _ deviceTree: UInt) {
    let text: StaticString = "hello\n"
    for i in 0..<text.utf8CodeUnitCount { machine_sbi_putchar(text.utf8Start[i]) }
    var a: [Int] = []
    for i in 0..<10 { a.append(i) }
    machine_sbi_putchar(UInt8(48 + a.count / 2))
    machine_finish(0)
}
