// Operation+Forms: from a row's first operation to the one with its operands where they are. The orders of the forms are generated from the
// rows (`Generated/FormTable.swift`); how many operations each form has is said here and checked by `Tests/Engine/OperationTests`.

extension Operation {
    /// A value of two operands; `stores` when a slot gets the result too.
    @inlinable public func with(_ form: BinaryPlaces, stores: Bool = false) -> Operation {
        variant(Int(form.rawValue) &* 2 &+ (stores ? 1 : 0))
    }

    /// A value of one operand in one of two places.
    @inlinable public func with(_ form: UnaryPlaces, stores: Bool = false) -> Operation {
        variant(Int(form.rawValue) &* 2 &+ (stores ? 1 : 0))
    }

    /// A load.
    @inlinable public func with(_ form: LoadPlaces) -> Operation { variant(Int(form.rawValue) &* 2) }

    /// A `select`.
    @inlinable public func with(_ form: SelectPlaces, stores: Bool) -> Operation { variant(Int(form.rawValue) &* 2 &+ (stores ? 1 : 0)) }

    /// The same, which stores its result in a slot too. Not to be asked of one that does.
    @inlinable public var storing: Operation { variant(1) }

    /// A branch on two operands.
    @inlinable public func branch(_ form: BinaryPlaces) -> Operation { variant(Int(form.rawValue)) }

    /// A branch on one operand.
    @inlinable public func branch(_ form: UnaryPlaces) -> Operation { variant(Int(form.rawValue)) }

    /// The end of a counting loop.
    @inlinable public func with(_ form: BinaryPlaces, _ bound: BoundPlace) -> Operation {
        variant(Int(form.rawValue) &* 2 &+ Int(bound.rawValue))
    }

    /// A store. A known address has one form only.
    @inlinable public func with(_ form: StorePlaces, _ address: StoreAddress) -> Operation {
        let known = Int(StorePlaces.knownSlot.rawValue)
        let number = Int(form.rawValue)
        return variant(number < known ? number &* 3 &+ Int(address.rawValue) : known &* 2 &+ number)
    }

    /// A store of a float in its accumulator. A known address has one form only.
    @inlinable public func with(_ form: FloatStorePlaces, _ address: StoreAddress) -> Operation {
        variant(Int(form.rawValue) &* 3 &+ (form == .knownHeld ? 0 : Int(address.rawValue)))
    }

    /// A run of copies.
    @inlinable public static func copyRun(_ form: CopyPlaces) -> Operation { copyRun.variant(Int(form.rawValue)) }

    /// Which run of copies it is; nil when it is none.
    @inlinable public var copyForm: CopyPlaces? {
        let place = Int(rawValue) &- Int(Operation.copyRun.rawValue)
        return place >= 0 && place < 6 ? CopyPlaces(rawValue: UInt8(truncatingIfNeeded: place)) : nil
    }

    /// Clears so many slots, from one to `mostClearedAtOnce`.
    @inlinable public static func clearing(_ count: Int) -> Operation { enterFew.variant(count &- 1) }
    public static let mostClearedAtOnce = 8
}
