-- A tour of the language and its library: errors, closures, metatables, patterns, integers and floats, files, garbage collection.
print(_VERSION, math.type(3), math.type(3.0), 7 // 2, -7 // 2, -7 % 3, 2 ^ 0.5, 1 / 0, math.maxinteger + 1 == math.mininteger)
print(pcall(error, { code = 7 }) == false, select(2, pcall(error, "message", 0)))
print(select(2, pcall(function() local t = nil; return t.x end)))
print(xpcall(function() error("deep") end, function(m) return "handled " .. m end))
local function counter() local n = 0; return function() n = n + 1; return n end end
local a, b = counter(), counter()
print(a(), a(), b())
local Vector = {}
Vector.__index = Vector
Vector.__add = function(x, y) return setmetatable({ x = x.x + y.x, y = x.y + y.y }, Vector) end
Vector.__tostring = function(v) return "(" .. v.x .. ", " .. v.y .. ")" end
print(tostring(setmetatable({ x = 1, y = 2 }, Vector) + setmetatable({ x = 10, y = 20.5 }, Vector)))
print(("key = value; other=thing"):gsub("(%w+)%s*=%s*(%w+)", "%2=%1"))
for word in ("one two  three"):gmatch("%a+") do io.write("[", word, "]") end
print()
print(string.format("%5d|%-5s|%05.1f|%q|%x|%g", 42, "ab", 3.14159, 'say "hi"\n', 255, 1e100))
print(string.pack("<i4d", 7, 1.5):byte(1, -1))
print(utf8.char(0x48, 0x20AC, 0x1F600), utf8.len("h€😀"))
local t = {}
for i = 1, 1000 do t[i] = (i * 7919) % 1009 end
table.sort(t, function(x, y) return x > y end)
print(t[1], t[500], t[1000], #t, table.concat(t, ",", 1, 5), table.unpack(t, 998))
local file <close> = assert(io.open("/scripts/out.txt", "w+"))
for i = 1, 100 do file:write(i, "\n") end
file:seek("set", 0)
local sum = 0
for line in file:lines("n") do sum = sum + line end
print(sum, file:seek("end"))
print(io.open("/scripts/absent.txt"))
print(os.getenv("HOME"), os.time({ year = 2020, month = 1, day = 1, hour = 12 }), os.rename("/scripts/out.txt", "/scripts/moved.txt"), os.remove("/scripts/moved.txt"))
local weak = setmetatable({}, { __mode = "v" })
for i = 1, 10000 do weak[i] = { i } end
collectgarbage()
print(next(weak), collectgarbage("count") < 4000)
local depth = 0
local function dive() depth = depth + 1; return 1 + dive() end
print(pcall(dive) == false, depth > 1000)
goto done
print("skipped")
::done::
os.exit(9)
