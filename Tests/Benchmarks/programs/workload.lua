-- What scripts do: tables, strings, closures, objects, floating point, coroutines. Prints a checksum of each part. No order of `pairs` and no
-- clock is in the answers.
local random_state = 42
local function random(limit)
    random_state = (random_state * 1103515245 + 12345) % 2147483648
    return random_state // 65536 % limit
end

local function sorting(count)
    local numbers, words = {}, {}
    for i = 1, count do
        numbers[i] = random(30000)
        words[i] = string.format("%05d/%s", random(30000), string.char(97 + random(26), 97 + random(26)))
    end
    table.sort(numbers)
    table.sort(words, function(a, b) return a > b end)
    local sum = 0
    for i = 1, count do sum = (sum * 31 + numbers[i] + #words[i] * words[i]:byte(3)) % 1000003 end
    return sum
end

local function counting_words(repetitions)
    local text = {}
    for i = 1, 2000 do text[i] = "w" .. random(400) .. (i % 11 == 0 and ".\n" or " ") end
    local page, total = table.concat(text), 0
    for _ = 1, repetitions do
        local counts, distinct = {}, 0
        for word in page:gmatch("%a%d+") do
            if not counts[word] then distinct = distinct + 1 end
            counts[word] = (counts[word] or 0) + 1
        end
        local changed, replaced = page:gsub("w(%d)5", "<%1>")
        total = (total + distinct * replaced + #changed:upper() + (page:find("w399", 1, true) or 0)) % 1000003
    end
    return total
end

local function queens(size)
    local columns, rising, falling, found = {}, {}, {}, 0
    local function place(row)
        if row > size then found = found + 1 return end
        for column = 1, size do
            if not columns[column] and not rising[row + column] and not falling[row - column + size] then
                columns[column], rising[row + column], falling[row - column + size] = true, true, true
                place(row + 1)
                columns[column], rising[row + column], falling[row - column + size] = false, false, false
            end
        end
    end
    place(1)
    return found
end

local Shape = {}
Shape.__index = Shape
function Shape.new(width, height) return setmetatable({ width = width, height = height, turns = 0 }, Shape) end
function Shape:area() return self.width * self.height end
function Shape:turn() self.width, self.height, self.turns = self.height, self.width, self.turns + 1 return self end
Shape.__add = function(a, b) return Shape.new(a.width + b.width, a.height + b.height) end

local function objects(count)
    local sum, area = Shape.new(0, 0), 0
    for i = 1, count do
        local shape = Shape.new(i % 17, i % 23)
        area = (area + shape:turn():area()) % 1000003
        if i % 4 == 0 then sum = (sum + shape):turn() end
    end
    return area + sum.width % 1000 + sum.height % 1000
end

local function waves(size, steps)
    local height, speed = {}, {}
    for i = 0, size + 1 do height[i], speed[i] = (i % 50 == 25) and 1.0 or 0.0, 0.0 end
    for _ = 1, steps do
        for i = 1, size do speed[i] = (speed[i] + 0.3 * (height[i - 1] - 2.0 * height[i] + height[i + 1])) * 0.999 end
        for i = 1, size do height[i] = height[i] + speed[i] end
    end
    local energy = 0.0
    for i = 1, size do energy = energy + height[i] * height[i] + speed[i] * speed[i] end
    return math.floor(energy * 1e6)
end

local function coroutines(count)
    local function numbers() for i = 2, count do coroutine.yield(i) end end
    local function without(source, divisor)
        return coroutine.wrap(function() for i in source do if i % divisor ~= 0 then coroutine.yield(i) end end end)
    end
    local source, last, found = coroutine.wrap(numbers), 0, 0
    while true do
        local prime = source()
        if not prime then return last * 1000 + found end
        last, found = prime, found + 1
        if prime * prime <= count then source = without(source, prime) end
    end
end

local function closures(count)
    local function counter(step) local n = 0 return function() n = n + step return n end end
    local sum = 0
    for i = 1, count do
        local next = counter(i)
        for _ = 1, 5 do sum = (sum + next()) % 1000003 end
    end
    return sum
end

local function fibonacci(n) if n < 2 then return n end return fibonacci(n - 1) + fibonacci(n - 2) end

-- `scale` (at most 1) makes it smaller; with `repetitions` it prints instead how long this process has run after each.
local scale = scale or 1
local function scaled(size) return math.floor(size * scale) end
local function all()
    return {
        { "sorting", sorting(scaled(6000)) },
        { "words", counting_words(scaled(12)) },
        { "queens", queens(scale < 1 and 4 or 7) },
        { "objects", objects(scaled(60000)) },
        { "waves", waves(scaled(1000), scale < 1 and 6 or 60) },
        { "coroutines", coroutines(scaled(3600)) },
        { "closures", closures(scaled(30000)) },
        { "fibonacci", fibonacci(scale < 1 and 10 or 24) },
    }
end
if repetitions then
    for _ = 1, repetitions do
        all()
        print(string.format("%.9f", os.clock()))
    end
else
    for _, answer in ipairs(all()) do print(table.unpack(answer)) end
end
