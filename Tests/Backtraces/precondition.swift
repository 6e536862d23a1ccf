// A precondition that fails in an inlined method, called through a generic function and a closure.
struct Account {
    var balance: Int32

    @inline(__always)
    mutating func withdraw(_ amount: Int32) {
        precondition(amount <= balance, "overdrawn")
        balance -= amount
    }
}

protocol Customer {
    mutating func spend(_ amount: Int32)
}

extension Account: Customer {
    @inline(never)
    mutating func spend(_ amount: Int32) {
        withdraw(amount)
    }
}

@inline(never)
func shop<Buyer: Customer>(_ buyer: inout Buyer, prices: [Int32]) {
    prices.forEach { price in
        buyer.spend(price)
    }
}

final class Bank {
    var accounts: [Account] = []
    var first: Int32 {
        @inline(never) get {
            var account = accounts[0]
            shop(&account, prices: [30, 40, 50])
            return account.balance
        }
    }
    init(count: Int) {
        for _ in 0..<count { accounts.append(Account(balance: 100)) }
    }
}

@main
struct Program {
    static func main() {
        let bank = Bank(count: 3)
        print(bank.first)
    }
}
