// A panic in an inlined function, in a closure, in a method of a generic type.
struct Stack<T> {
    items: Vec<T>,
}

impl<T: Copy + Into<u64>> Stack<T> {
    #[inline(always)]
    fn take(&mut self) -> u64 {
        self.items.pop().expect("nothing left").into()
    }

    #[inline(never)]
    fn drain(&mut self, count: usize) -> u64 {
        (0..count).map(|_| self.take()).sum()
    }
}

mod outer {
    pub trait Shape {
        fn area(&self) -> u64;
    }
    impl Shape for super::Stack<u32> {
        #[inline(never)]
        fn area(&self) -> u64 {
            let mut copy = super::Stack { items: self.items.clone() };
            copy.drain(4)
        }
    }
}

fn main() {
    use outer::Shape;
    let stack = Stack { items: vec![1u32, 2, 3] };
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(stack)];
    let total: u64 = shapes.iter().map(|shape| shape.area()).sum();
    println!("{}", total);
}
