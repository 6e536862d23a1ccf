module counter(input clock, input reset, output reg [7:0] value);
    always @(posedge clock) value <= reset ? 0 : value + 1;
endmodule
