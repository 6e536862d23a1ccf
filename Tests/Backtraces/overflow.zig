// An integer overflow in an inlined function of a generic structure.
const std = @import("std");

fn Ring(comptime T: type) type {
    return struct {
        items: [4]T,
        next: T,

        inline fn step(self: *@This(), by: T) T {
            self.next += by;
            return self.next;
        }

        noinline fn run(self: *@This(), count: usize) T {
            var total: T = 0;
            for (0..count) |k| {
                total |= self.step(self.items[k % 4]);
            }
            return total;
        }
    };
}

pub fn main() void {
    var ring = Ring(u8){ .items = .{ 100, 50, 70, 90 }, .next = 0 };
    std.mem.doNotOptimizeAway(&ring);
    const result = ring.run(5);
    std.mem.doNotOptimizeAway(result);
}
