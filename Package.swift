// swift-tools-version: 6.2
// Every Swift target of Martlet, for the host and for bare metal. A folder is a layer; a layer imports only what its row names.
import PackageDescription

/// Without this a square root is an instruction and then, for a NaN, a call of libm, which neither build has.
let settings: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-fno-math-errno"])]

/// A library layer: `name` is the module, `path` its folder.
func layer(_ name: String, _ path: String, _ dependencies: [Target.Dependency] = [], excluding: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: ["README.md"] + excluding, swiftSettings: settings)
}

/// The host tests of one layer; the folder under `Tests` mirrors the sources.
func tests(_ name: String, _ path: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "martlet",
    products: [
        .executable(name: "martlet", targets: ["martlet"]),
        .executable(name: "kernel", targets: ["kernel"]),
        .executable(name: "kernel-tests", targets: ["kernel-tests"]),
        .executable(name: "fuzz", targets: ["fuzz"]),
        .executable(name: "native", targets: ["native"]),
    ],
    targets: [
        // Runtime: the WebAssembly engine and WASI. Pure Swift; knows no address, clock, lock or console.
        layer("Containers", "Runtime/Containers"),
        layer("MachineCode", "Runtime/MachineCode", ["Containers"], excluding: ["Instructions"]),
        layer(
            "NativeCode", "Runtime/NativeCode", ["Containers", "WasmOperations", "MachineCode"], excluding: ["Checker/README.md"]),
        layer("WasmNumerics", "Runtime/Numerics"),
        layer("WasmModule", "Runtime/Module", ["Containers"], excluding: ["Opcodes/opcodes.txt", "Opcodes/generate"]),
        layer(
            "WasmOperations", "Runtime/Operations", ["Containers", "WasmModule"], excluding: ["OPERATIONS.md", "Generator"]),
        // The host program that writes the tables and handlers from the declared operations.
        .executableTarget(name: "generate", path: "Runtime/Operations/Generator"),
        layer(
            "WasmEngine", "Runtime/Engine",
            ["Containers", "WasmNumerics", "WasmModule", "WasmOperations", "MachineCode", "NativeCode"]),
        layer("WasmComponent", "Runtime/Component", ["Containers", "WasmModule"]),
        layer("WasmText", "Runtime/Text", ["Containers", "WasmModule", "WasmNumerics", "WasmComponent"]),
        layer("DebugInformation", "Runtime/DebugInformation", ["Containers", "WasmModule"]),
        layer("ComponentRuntime", "Runtime/ComponentRuntime", ["Containers", "WasmModule", "WasmComponent", "WasmEngine"]),
        layer(
            "WasmScript", "Runtime/Script",
            ["Containers", "WasmModule", "WasmComponent", "WasmText", "WasmEngine", "ComponentRuntime"]),
        layer("FileSystems", "Runtime/FileSystem", ["Containers"]),
        layer("WASI", "Runtime/WASI", ["Containers", "FileSystems", "WasmModule", "WasmEngine"]),
        layer("WASIComponents", "Runtime/WASIComponents", ["Containers", "FileSystems", "WasmEngine", "WASI", "ComponentRuntime"]),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Containers", "WasmNumerics", "WasmModule", "WasmComponent", "WasmOperations", "WasmEngine", "WasmText",
                "DebugInformation", "WasmScript", "ComponentRuntime",
                "FileSystems", "WASI", "WASIComponents",
            ],
            path: "Runtime/CommandLine", exclude: ["README.md"], swiftSettings: settings),

        // Boot: assembly, and the C header for CSRs, fences and MMIO.
        .target(name: "CMachine", path: "Boot", exclude: ["README.md"], publicHeadersPath: "include"),

        // Kernel: owns the machine. Nothing in Runtime imports it.
        layer("KernelCore", "Kernel/Core", ["Containers"]),
        layer("KernelMachine", "Kernel/Machine", ["CMachine", "KernelCore"]),
        layer("KernelMemory", "Kernel/Memory", ["CMachine", "Containers", "KernelCore", "KernelMachine"]),
        layer("KernelDrivers", "Kernel/Drivers", ["Containers", "KernelCore", "KernelMachine", "KernelMemory"]),
        layer(
            "KernelProcess", "Kernel/Process",
            [
                "CMachine", "Containers", "KernelCore", "KernelMachine", "KernelMemory", "KernelDrivers", "WasmModule",
                "NativeCode", "WasmEngine", "WasmText", "DebugInformation", "FileSystems", "WASI",
            ]),
        layer(
            "KernelConsole", "Kernel/Console",
            ["Containers", "KernelCore", "KernelMachine", "KernelDrivers", "KernelMemory", "KernelProcess", "FileSystems", "WASI"]),
        layer(
            "KernelStartup", "Kernel/Startup",
            ["Containers", "KernelCore", "KernelMachine", "KernelMemory", "KernelDrivers", "KernelProcess", "KernelConsole"]),
        .executableTarget(name: "kernel", dependencies: ["KernelStartup"], path: "Kernel/KernelMain", exclude: ["README.md"]),
        // The kernel of the tests: the product's modules, and beside them self-tests, trials and the runner of the official scripts.
        .executableTarget(
            name: "kernel-tests",
            dependencies: [
                "CMachine", "Containers", "KernelCore", "KernelMachine", "KernelMemory", "KernelDrivers", "KernelProcess",
                "KernelStartup", "WasmModule", "WasmEngine", "WasmScript", "FileSystems", "WASI",
            ],
            path: "Kernel/Trials", exclude: ["README.md"],
            // Boot/start.S calls the product's name.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--defsym=kernel_main=kernel_tests_main"])]),

        // Host only: the fuzzers' program, and the generator of modules that the engine's tests use too.
        .target(name: "ModuleGeneration", dependencies: ["WasmModule"], path: "Tests/Fuzz/Generator"),
        .executableTarget(
            name: "fuzz", dependencies: ["ModuleGeneration", "WasmModule", "WasmEngine", "WasmText", "DebugInformation"],
            path: "Tests/Fuzz",
            exclude: ["Generator", "README.md", "run", "compare.py"]),

        // Host only: a simulator of the instructions that MachineCode knows, and a heap that refuses, for tests.
        .target(name: "MachineSimulator", dependencies: ["MachineCode"], path: "Tests/MachineCode/Simulator", swiftSettings: settings),
        .target(name: "RefusingHeap", path: "Tests/RefusingHeap", swiftSettings: settings),
        // Host only: guests as machine code on a simulated hart, compared with their threaded code.
        .executableTarget(
            name: "native",
            dependencies: ["MachineCode", "NativeCode", "MachineSimulator", "ModuleGeneration", "WasmModule", "WasmEngine", "WasmScript"],
            path: "Tests/NativeCode", exclude: ["README.md", "run"], swiftSettings: settings),

        // Host tests. They use only what other layers may use.
        tests("ContainersTests", "Tests/Containers", ["Containers"]),
        tests(
            "MachineCodeTests", "Tests/MachineCode", ["MachineCode", "MachineSimulator", "RefusingHeap"],
            exclude: ["Simulator"]),
        tests("NumericsTests", "Tests/Numerics", ["WasmNumerics"]),
        tests("ModuleTests", "Tests/Module", ["Containers", "WasmModule"]),
        tests(
            "ComponentTests", "Tests/Component", ["Containers", "WasmModule", "WasmComponent", "WasmText", "RefusingHeap"],
            exclude: ["README.md", "exclusions.txt", "interfaces", "programs", "scripts", "text"]),
        tests(
            "ComponentRuntimeTests", "Tests/ComponentRuntime",
            ["Containers", "WasmModule", "WasmComponent", "WasmEngine", "WasmText", "ComponentRuntime", "RefusingHeap"],
            exclude: ["README.md", "oracle"]),
        tests(
            "EngineTests", "Tests/Engine",
            [
                "Containers", "WasmNumerics", "WasmModule", "WasmOperations", "WasmEngine", "WasmText", "DebugInformation",
                "ModuleGeneration", "RefusingHeap",
            ]),
        tests("DebugInformationTests", "Tests/DebugInformation", ["Containers", "WasmModule", "DebugInformation"]),
        tests("TextTests", "Tests/Text", ["Containers", "WasmModule", "WasmText"]),
        tests(
            "ScriptTests", "Tests/Script",
            ["Containers", "WasmModule", "WasmText", "WasmEngine", "WasmScript"],
            exclude: [
                "README.md", "by-folder", "compare_text.py", "exclusions.txt", "folder", "numerics", "official.sha256", "own", "spec",
                "spec-data",
                "spec-data-test", "spec-qemu", "text-modules",
            ]),
        .target(name: "FileFixtures", dependencies: ["Containers", "FileSystems"], path: "Tests/FileSystem/Fixtures"),
        tests("FileSystemTests", "Tests/FileSystem", ["Containers", "FileSystems", "FileFixtures"], exclude: ["Fixtures"]),
        tests("WASITests", "Tests/WASI", ["Containers", "FileFixtures", "WasmModule", "WasmEngine", "WasmText", "FileSystems", "WASI"]),
        tests("KernelCoreTests", "Tests/Kernel", ["Containers", "KernelCore"]),
    ]
)
