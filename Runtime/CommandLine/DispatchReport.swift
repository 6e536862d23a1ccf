// The counts of `--dispatch-counts`.
import WasmEngine

/// What `--dispatch-counts` prints.
enum DispatchReport {
    static func write(_ engine: Engine) {
        complain("martlet run: --dispatch-counts is not there yet")
    }
}
