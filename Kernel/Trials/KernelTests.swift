// The tests' kernel: boots as the product does, and then runs what the command line asks for instead of the programs, or the programs.
import KernelStartup

@main
enum KernelTests {
    static func main() {
        let platform = Platform.start()
        TierChoice.takeIfAsked(platform)
        Plant.plantIfAsked(platform)
        SelfTest.runIfAsked(platform)
        SpecRun.runIfAsked(platform)
        ProcessTrial.prepareIfAsked(platform)
        InitialPrograms.run(platform)
    }
}
