-- The eight queens, by coroutines.
local N = tonumber(arg and arg[1]) or 8
local function safe(rows, n, column)
    for row = 1, n - 1 do
        local c = rows[row]
        if c == column or c - row == column - n or c + row == column + n then return false end
    end
    return true
end
local function solve(rows, n)
    if n > N then coroutine.yield(rows) return end
    for column = 1, N do
        if safe(rows, n, column) then
            rows[n] = column
            solve(rows, n + 1)
        end
    end
end
local count = 0
for rows in coroutine.wrap(function() solve({}, 1) end) do
    count = count + 1
    if count <= 2 then
        for row = 1, N do print((("."):rep(rows[row] - 1) .. "Q" .. ("."):rep(N - rows[row]))) end
        print()
    end
end
print(count .. " solutions")
