// life [GENERATIONS]: Conway's game on a torus of 32 by 16 cells, begun with a glider and an R-pentomino. Structs, arrays and sets of values.

struct Cell: Hashable {
    var column: Int
    var row: Int

    var neighbours: [Cell] {
        var all: [Cell] = []
        for rowStep in -1...1 {
            for columnStep in -1...1 where rowStep != 0 || columnStep != 0 {
                all.append(Cell(column: (column + columnStep + 32) % 32, row: (row + rowStep + 16) % 16))
            }
        }
        return all
    }
}

@main
struct Life {
    static func main() {
        let arguments = Process.arguments
        let generations = arguments.count > 1 ? Int(arguments[1]) ?? 10 : 10
        let glider = [(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)]
        let pentomino = [(20, 7), (21, 7), (19, 8), (20, 8), (20, 9)]
        var living = Set((glider + pentomino).map { Cell(column: $0.0, row: $0.1) })
        for _ in 0..<generations {
            var counts: [Cell: Int] = [:]
            for cell in living { for neighbour in cell.neighbours { counts[neighbour, default: 0] += 1 } }
            living = Set(counts.filter { $0.value == 3 || ($0.value == 2 && living.contains($0.key)) }.map { $0.key })
        }
        for row in 0..<16 {
            print(String((0..<32).map { Character(living.contains(Cell(column: $0, row: row)) ? "#" : ".") }))
        }
        print("\(living.count) alive after \(generations)")
    }
}
