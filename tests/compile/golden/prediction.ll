; ModuleID = "pullback"
target triple = "unknown-unknown-unknown"
target datalayout = ""

define internal void @"pullback_barrier"(ptr %"team", i64 %"thread", i64 %"threads") noinline nounwind
{
alone:
  %".5" = icmp ule i64 %"threads", 1
  br i1 %".5", label %"done", label %"arrive"
arrive:
  %".7" = getelementptr inbounds i8, ptr %"team", i64 384
  %".8" = getelementptr inbounds i8, ptr %"team", i64 256
  %"phase" = load atomic i32, ptr %".7" monotonic, align 4
  %"before" = atomicrmw add ptr %".8", i32 1 acq_rel
  %".9" = add i32 %"before", 1
  %".10" = trunc i64 %"threads" to i32
  %".11" = icmp eq i32 %".9", %".10"
  br i1 %".11", label %"last", label %"wait"
last:
  store i32 0, ptr %".8"
  %".14" = atomicrmw add ptr %".7", i32 1 seq_cst
  %".15" = getelementptr inbounds i8, ptr %"team", i64 388
  %"sleepers" = load atomic i32, ptr %".15" seq_cst, align 4
  %".16" = icmp eq i32 %"sleepers", 0
  br i1 %".16", label %"done", label %"wake"
wake:
  %".18" = getelementptr inbounds i8, ptr %"team", i64 24
  %".19" = load ptr, ptr %".18"
  call void %".19"(ptr %".7")
  br label %"done"
wait:
  %".22" = getelementptr inbounds i8, ptr %"team", i64 8
  %"spin" = load i32, ptr %".22"
  %".23" = getelementptr inbounds i8, ptr %"team", i64 388
  %".24" = getelementptr inbounds i8, ptr %"team", i64 16
  %".25" = load ptr, ptr %".24"
  call void %".25"(ptr %".7", i32 %"phase", ptr %".23", i32 %"spin")
  br label %"done"
done:
  ret void
}

define void @"step"(ptr %".1", ptr %".2", ptr %".3", i64 %".4", i64 %".5")
{
entry:
  %".7" = load ptr, ptr %".2"
  %".8" = getelementptr ptr, ptr %".2", i64 2
  %".9" = load ptr, ptr %".8"
  %".10" = getelementptr ptr, ptr %".2", i64 3
  %".11" = load ptr, ptr %".10"
  %".12" = getelementptr i8, ptr %".1", i64 2240
  %".13" = getelementptr i8, ptr %".1", i64 2624
  %".14" = getelementptr i8, ptr %".1", i64 2624
  %".15" = getelementptr ptr, ptr %".2", i64 1
  %".16" = load ptr, ptr %".15"
  %".17" = add i64 %".4", 1
  %".18" = mul i64 %".4", 5
  %".19" = udiv i64 %".18", %".5"
  %".20" = mul i64 %".17", 5
  %".21" = udiv i64 %".20", %".5"
  call void @"k0.loops"(ptr %".1", ptr %".7", ptr %".1", i64 %".19", i64 %".21")
  %".23" = urem i64 1, %".5"
  %".24" = icmp ne i64 %".23", 0
  br i1 %".24", label %"entry.if", label %"entry.endif"
entry.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif"
entry.endif:
  %".28" = add i64 %".4", 1
  %".29" = mul i64 %".4", 3
  %".30" = udiv i64 %".29", %".5"
  %".31" = mul i64 %".28", 3
  %".32" = udiv i64 %".31", %".5"
  call void @"k1.contraction"(ptr %".1", ptr %".9", ptr %".1", ptr %".11", ptr %".12", i64 %".30", i64 %".32")
  %".34" = urem i64 1, %".5"
  %".35" = icmp ne i64 %".34", 0
  br i1 %".35", label %"entry.endif.if", label %"entry.endif.endif"
entry.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif"
entry.endif.endif:
  %".39" = add i64 %".4", 1
  %".40" = mul i64 %".4", 2
  %".41" = udiv i64 %".40", %".5"
  %".42" = mul i64 %".39", 2
  %".43" = udiv i64 %".42", %".5"
  call void @"k2.reduce"(ptr %".1", ptr %".12", ptr %".13", i64 %".41", i64 %".43")
  %".45" = urem i64 1, %".5"
  %".46" = icmp ne i64 %".45", 0
  br i1 %".46", label %"entry.endif.endif.if", label %"entry.endif.endif.endif"
entry.endif.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif.endif"
entry.endif.endif.endif:
  %".50" = add i64 %".4", 1
  %".51" = mul i64 %".4", 2
  %".52" = udiv i64 %".51", %".5"
  %".53" = mul i64 %".50", 2
  %".54" = udiv i64 %".53", %".5"
  call void @"k3.loops"(ptr %".1", ptr %".14", ptr %".16", i64 %".52", i64 %".54")
  ret void
}

define internal void @"k0.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".161", %"a2.end"]
  %".9" = udiv i64 %"part", 5
  %".10" = urem i64 %"part", 5
  %".11" = add i64 %".10", 1
  %".12" = icmp slt i64 %".10", %".11"
  br i1 %".12", label %"a2.body", label %"a2.end"
part.end:
  ret void
a2.body:
  %"a2" = phi  i64 [%".10", %"part.body"], [%".158", %"a1.end"]
  br label %"a1.body"
a2.end:
  %".161" = add i64 %"part", 1
  %".162" = icmp slt i64 %".161", %".5"
  br i1 %".162", label %"part.body", label %"part.end"
a1.body:
  %"a1" = phi  i64 [0, %"a2.body"], [%".155", %"a3.end"]
  br label %"a3.body"
a1.end:
  %".158" = add i64 %"a2", 1
  %".159" = icmp slt i64 %".158", %".11"
  br i1 %".159", label %"a2.body", label %"a2.end"
a3.body:
  %"a3" = phi  i64 [0, %"a1.body"], [%".152", %"a3.body"]
  %".16" = mul i64 %".9", 8
  %".17" = icmp slt i64 %".16", 5
  %".18" = mul i64 %".9", 240
  %".19" = mul i64 %"a1", 15
  %".20" = add i64 %".18", %".19"
  %".21" = mul i64 %"a2", 3
  %".22" = add i64 %".20", %".21"
  %".23" = add i64 %".22", %"a3"
  %".24" = select  i1 %".17", i64 %".23", i64 0
  %".25" = getelementptr float, ptr %".2", i64 %".24"
  %".26" = load float, ptr %".25", align 4
  %".27" = select  i1 %".17", float %".26", float              0x0
  %".28" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".27", i32 0
  %".29" = insertelement <8 x i1> <i1 undef, i1 undef, i1 undef, i1 undef, i1 undef, i1 undef, i1 undef, i1 undef>, i1 %".17", i32 0
  %".30" = mul i64 %".9", 8
  %".31" = add i64 %".30", 1
  %".32" = icmp slt i64 %".31", 5
  %".33" = mul i64 %".9", 240
  %".34" = mul i64 %"a1", 15
  %".35" = add i64 %".33", %".34"
  %".36" = mul i64 %"a2", 3
  %".37" = add i64 %".35", %".36"
  %".38" = add i64 %".37", %"a3"
  %".39" = add i64 %".38", 30
  %".40" = select  i1 %".32", i64 %".39", i64 0
  %".41" = getelementptr float, ptr %".2", i64 %".40"
  %".42" = load float, ptr %".41", align 4
  %".43" = select  i1 %".32", float %".42", float              0x0
  %".44" = insertelement <8 x float> %".28", float %".43", i32 1
  %".45" = insertelement <8 x i1> %".29", i1 %".32", i32 1
  %".46" = mul i64 %".9", 8
  %".47" = add i64 %".46", 2
  %".48" = icmp slt i64 %".47", 5
  %".49" = mul i64 %".9", 240
  %".50" = mul i64 %"a1", 15
  %".51" = add i64 %".49", %".50"
  %".52" = mul i64 %"a2", 3
  %".53" = add i64 %".51", %".52"
  %".54" = add i64 %".53", %"a3"
  %".55" = add i64 %".54", 60
  %".56" = select  i1 %".48", i64 %".55", i64 0
  %".57" = getelementptr float, ptr %".2", i64 %".56"
  %".58" = load float, ptr %".57", align 4
  %".59" = select  i1 %".48", float %".58", float              0x0
  %".60" = insertelement <8 x float> %".44", float %".59", i32 2
  %".61" = insertelement <8 x i1> %".45", i1 %".48", i32 2
  %".62" = mul i64 %".9", 8
  %".63" = add i64 %".62", 3
  %".64" = icmp slt i64 %".63", 5
  %".65" = mul i64 %".9", 240
  %".66" = mul i64 %"a1", 15
  %".67" = add i64 %".65", %".66"
  %".68" = mul i64 %"a2", 3
  %".69" = add i64 %".67", %".68"
  %".70" = add i64 %".69", %"a3"
  %".71" = add i64 %".70", 90
  %".72" = select  i1 %".64", i64 %".71", i64 0
  %".73" = getelementptr float, ptr %".2", i64 %".72"
  %".74" = load float, ptr %".73", align 4
  %".75" = select  i1 %".64", float %".74", float              0x0
  %".76" = insertelement <8 x float> %".60", float %".75", i32 3
  %".77" = insertelement <8 x i1> %".61", i1 %".64", i32 3
  %".78" = mul i64 %".9", 8
  %".79" = add i64 %".78", 4
  %".80" = icmp slt i64 %".79", 5
  %".81" = mul i64 %".9", 240
  %".82" = mul i64 %"a1", 15
  %".83" = add i64 %".81", %".82"
  %".84" = mul i64 %"a2", 3
  %".85" = add i64 %".83", %".84"
  %".86" = add i64 %".85", %"a3"
  %".87" = add i64 %".86", 120
  %".88" = select  i1 %".80", i64 %".87", i64 0
  %".89" = getelementptr float, ptr %".2", i64 %".88"
  %".90" = load float, ptr %".89", align 4
  %".91" = select  i1 %".80", float %".90", float              0x0
  %".92" = insertelement <8 x float> %".76", float %".91", i32 4
  %".93" = insertelement <8 x i1> %".77", i1 %".80", i32 4
  %".94" = mul i64 %".9", 8
  %".95" = add i64 %".94", 5
  %".96" = icmp slt i64 %".95", 5
  %".97" = mul i64 %".9", 240
  %".98" = mul i64 %"a1", 15
  %".99" = add i64 %".97", %".98"
  %".100" = mul i64 %"a2", 3
  %".101" = add i64 %".99", %".100"
  %".102" = add i64 %".101", %"a3"
  %".103" = add i64 %".102", 150
  %".104" = select  i1 %".96", i64 %".103", i64 0
  %".105" = getelementptr float, ptr %".2", i64 %".104"
  %".106" = load float, ptr %".105", align 4
  %".107" = select  i1 %".96", float %".106", float              0x0
  %".108" = insertelement <8 x float> %".92", float %".107", i32 5
  %".109" = insertelement <8 x i1> %".93", i1 %".96", i32 5
  %".110" = mul i64 %".9", 8
  %".111" = add i64 %".110", 6
  %".112" = icmp slt i64 %".111", 5
  %".113" = mul i64 %".9", 240
  %".114" = mul i64 %"a1", 15
  %".115" = add i64 %".113", %".114"
  %".116" = mul i64 %"a2", 3
  %".117" = add i64 %".115", %".116"
  %".118" = add i64 %".117", %"a3"
  %".119" = add i64 %".118", 180
  %".120" = select  i1 %".112", i64 %".119", i64 0
  %".121" = getelementptr float, ptr %".2", i64 %".120"
  %".122" = load float, ptr %".121", align 4
  %".123" = select  i1 %".112", float %".122", float              0x0
  %".124" = insertelement <8 x float> %".108", float %".123", i32 6
  %".125" = insertelement <8 x i1> %".109", i1 %".112", i32 6
  %".126" = mul i64 %".9", 8
  %".127" = add i64 %".126", 7
  %".128" = icmp slt i64 %".127", 5
  %".129" = mul i64 %".9", 240
  %".130" = mul i64 %"a1", 15
  %".131" = add i64 %".129", %".130"
  %".132" = mul i64 %"a2", 3
  %".133" = add i64 %".131", %".132"
  %".134" = add i64 %".133", %"a3"
  %".135" = add i64 %".134", 210
  %".136" = select  i1 %".128", i64 %".135", i64 0
  %".137" = getelementptr float, ptr %".2", i64 %".136"
  %".138" = load float, ptr %".137", align 4
  %".139" = select  i1 %".128", float %".138", float              0x0
  %".140" = insertelement <8 x float> %".124", float %".139", i32 7
  %".141" = insertelement <8 x i1> %".125", i1 %".128", i32 7
  %".142" = mul i64 %".9", 560
  %".143" = mul i64 %"a1", 280
  %".144" = add i64 %".142", %".143"
  %".145" = mul i64 %"a2", 40
  %".146" = add i64 %".144", %".145"
  %".147" = mul i64 %"a3", 8
  %".148" = add i64 %".146", %".147"
  %".149" = add i64 %".148", 48
  %".150" = getelementptr float, ptr %".3", i64 %".149"
  store <8 x float> %".140", ptr %".150", align 4
  %".152" = add i64 %"a3", 1
  %".153" = icmp slt i64 %".152", 3
  br i1 %".153", label %"a3.body", label %"a3.end"
a3.end:
  %".155" = add i64 %"a1", 1
  %".156" = icmp slt i64 %".155", 2
  br i1 %".156", label %"a1.body", label %"a1.end"
}

define internal void @"k1.contraction"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", i64 %".6", i64 %".7") noinline nounwind
{
entry:
  %".9" = icmp slt i64 %".6", %".7"
  br i1 %".9", label %"tile.body", label %"tile.end"
tile.body:
  %"tile" = phi  i64 [%".6", %"entry"], [%".401", %"tile.body"]
  %".11" = urem i64 %"tile", 3
  %".12" = udiv i64 %"tile", 3
  %".13" = mul i64 %".12", 560
  %".14" = mul i64 %".11", 80
  %".15" = add i64 %".13", %".14"
  %".16" = getelementptr float, ptr %".3", i64 %".15"
  %".17" = call ptr asm  "", "=r,0"(ptr %".2")
  %".18" = call ptr asm  "", "=r,0"(ptr %".16")
  %".19" = load float, ptr %".17", align 4
  %".20" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".19", i32 0
  %".21" = shufflevector <8 x float> %".20", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".22" = getelementptr float, ptr %".17", i64 18
  %".23" = load float, ptr %".22", align 4
  %".24" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".23", i32 0
  %".25" = shufflevector <8 x float> %".24", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".26" = load <8 x float>, ptr %".18", align 4
  %".27" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".26", <8 x float> %".21", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".28" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".26", <8 x float> %".25", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".29" = getelementptr float, ptr %".18", i64 16
  %".30" = load <8 x float>, ptr %".29", align 4
  %".31" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".30", <8 x float> %".21", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".32" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".30", <8 x float> %".25", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".33" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".27", <8 x float> %".31", <8 x float> %".28", <8 x float> %".32")
  %".34" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".27", <8 x float> %".31", <8 x float> %".28", <8 x float> %".32")
  %".35" = getelementptr float, ptr %".33", i64 1
  %".36" = load float, ptr %".35", align 4
  %".37" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".36", i32 0
  %".38" = shufflevector <8 x float> %".37", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".39" = getelementptr float, ptr %".33", i64 19
  %".40" = load float, ptr %".39", align 4
  %".41" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".40", i32 0
  %".42" = shufflevector <8 x float> %".41", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".43" = getelementptr float, ptr %".34", i64 8
  %".44" = load <8 x float>, ptr %".43", align 4
  %".45" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".44", <8 x float> %".38", <8 x float> %".27")
  %".46" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".44", <8 x float> %".42", <8 x float> %".28")
  %".47" = getelementptr float, ptr %".34", i64 24
  %".48" = load <8 x float>, ptr %".47", align 4
  %".49" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".48", <8 x float> %".38", <8 x float> %".31")
  %".50" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".48", <8 x float> %".42", <8 x float> %".32")
  %".51" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".45", <8 x float> %".49", <8 x float> %".46", <8 x float> %".50")
  %".52" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".45", <8 x float> %".49", <8 x float> %".46", <8 x float> %".50")
  %".53" = getelementptr float, ptr %".51", i64 2
  %".54" = load float, ptr %".53", align 4
  %".55" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".54", i32 0
  %".56" = shufflevector <8 x float> %".55", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".57" = getelementptr float, ptr %".51", i64 20
  %".58" = load float, ptr %".57", align 4
  %".59" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".58", i32 0
  %".60" = shufflevector <8 x float> %".59", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".61" = getelementptr float, ptr %".52", i64 16
  %".62" = load <8 x float>, ptr %".61", align 4
  %".63" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".62", <8 x float> %".56", <8 x float> %".45")
  %".64" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".62", <8 x float> %".60", <8 x float> %".46")
  %".65" = getelementptr float, ptr %".52", i64 32
  %".66" = load <8 x float>, ptr %".65", align 4
  %".67" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".66", <8 x float> %".56", <8 x float> %".49")
  %".68" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".66", <8 x float> %".60", <8 x float> %".50")
  %".69" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".63", <8 x float> %".67", <8 x float> %".64", <8 x float> %".68")
  %".70" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".63", <8 x float> %".67", <8 x float> %".64", <8 x float> %".68")
  %".71" = getelementptr float, ptr %".69", i64 3
  %".72" = load float, ptr %".71", align 4
  %".73" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".72", i32 0
  %".74" = shufflevector <8 x float> %".73", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".75" = getelementptr float, ptr %".69", i64 21
  %".76" = load float, ptr %".75", align 4
  %".77" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".76", i32 0
  %".78" = shufflevector <8 x float> %".77", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".79" = getelementptr float, ptr %".70", i64 40
  %".80" = load <8 x float>, ptr %".79", align 4
  %".81" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".80", <8 x float> %".74", <8 x float> %".63")
  %".82" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".80", <8 x float> %".78", <8 x float> %".64")
  %".83" = getelementptr float, ptr %".70", i64 56
  %".84" = load <8 x float>, ptr %".83", align 4
  %".85" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".84", <8 x float> %".74", <8 x float> %".67")
  %".86" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".84", <8 x float> %".78", <8 x float> %".68")
  %".87" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".81", <8 x float> %".85", <8 x float> %".82", <8 x float> %".86")
  %".88" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".81", <8 x float> %".85", <8 x float> %".82", <8 x float> %".86")
  %".89" = getelementptr float, ptr %".87", i64 4
  %".90" = load float, ptr %".89", align 4
  %".91" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".90", i32 0
  %".92" = shufflevector <8 x float> %".91", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".93" = getelementptr float, ptr %".87", i64 22
  %".94" = load float, ptr %".93", align 4
  %".95" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".94", i32 0
  %".96" = shufflevector <8 x float> %".95", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".97" = getelementptr float, ptr %".88", i64 48
  %".98" = load <8 x float>, ptr %".97", align 4
  %".99" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".98", <8 x float> %".92", <8 x float> %".81")
  %".100" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".98", <8 x float> %".96", <8 x float> %".82")
  %".101" = getelementptr float, ptr %".88", i64 64
  %".102" = load <8 x float>, ptr %".101", align 4
  %".103" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".102", <8 x float> %".92", <8 x float> %".85")
  %".104" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".102", <8 x float> %".96", <8 x float> %".86")
  %".105" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".99", <8 x float> %".103", <8 x float> %".100", <8 x float> %".104")
  %".106" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".99", <8 x float> %".103", <8 x float> %".100", <8 x float> %".104")
  %".107" = getelementptr float, ptr %".105", i64 5
  %".108" = load float, ptr %".107", align 4
  %".109" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".108", i32 0
  %".110" = shufflevector <8 x float> %".109", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".111" = getelementptr float, ptr %".105", i64 23
  %".112" = load float, ptr %".111", align 4
  %".113" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".112", i32 0
  %".114" = shufflevector <8 x float> %".113", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".115" = getelementptr float, ptr %".106", i64 56
  %".116" = load <8 x float>, ptr %".115", align 4
  %".117" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".116", <8 x float> %".110", <8 x float> %".99")
  %".118" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".116", <8 x float> %".114", <8 x float> %".100")
  %".119" = getelementptr float, ptr %".106", i64 72
  %".120" = load <8 x float>, ptr %".119", align 4
  %".121" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".120", <8 x float> %".110", <8 x float> %".103")
  %".122" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".120", <8 x float> %".114", <8 x float> %".104")
  %".123" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".117", <8 x float> %".121", <8 x float> %".118", <8 x float> %".122")
  %".124" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".117", <8 x float> %".121", <8 x float> %".118", <8 x float> %".122")
  %".125" = getelementptr float, ptr %".123", i64 6
  %".126" = load float, ptr %".125", align 4
  %".127" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".126", i32 0
  %".128" = shufflevector <8 x float> %".127", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".129" = getelementptr float, ptr %".123", i64 24
  %".130" = load float, ptr %".129", align 4
  %".131" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".130", i32 0
  %".132" = shufflevector <8 x float> %".131", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".133" = getelementptr float, ptr %".124", i64 80
  %".134" = load <8 x float>, ptr %".133", align 4
  %".135" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".134", <8 x float> %".128", <8 x float> %".117")
  %".136" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".134", <8 x float> %".132", <8 x float> %".118")
  %".137" = getelementptr float, ptr %".124", i64 96
  %".138" = load <8 x float>, ptr %".137", align 4
  %".139" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".138", <8 x float> %".128", <8 x float> %".121")
  %".140" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".138", <8 x float> %".132", <8 x float> %".122")
  %".141" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".135", <8 x float> %".139", <8 x float> %".136", <8 x float> %".140")
  %".142" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".135", <8 x float> %".139", <8 x float> %".136", <8 x float> %".140")
  %".143" = getelementptr float, ptr %".141", i64 7
  %".144" = load float, ptr %".143", align 4
  %".145" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".144", i32 0
  %".146" = shufflevector <8 x float> %".145", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".147" = getelementptr float, ptr %".141", i64 25
  %".148" = load float, ptr %".147", align 4
  %".149" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".148", i32 0
  %".150" = shufflevector <8 x float> %".149", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".151" = getelementptr float, ptr %".142", i64 88
  %".152" = load <8 x float>, ptr %".151", align 4
  %".153" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".152", <8 x float> %".146", <8 x float> %".135")
  %".154" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".152", <8 x float> %".150", <8 x float> %".136")
  %".155" = getelementptr float, ptr %".142", i64 104
  %".156" = load <8 x float>, ptr %".155", align 4
  %".157" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".156", <8 x float> %".146", <8 x float> %".139")
  %".158" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".156", <8 x float> %".150", <8 x float> %".140")
  %".159" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".153", <8 x float> %".157", <8 x float> %".154", <8 x float> %".158")
  %".160" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".153", <8 x float> %".157", <8 x float> %".154", <8 x float> %".158")
  %".161" = getelementptr float, ptr %".159", i64 8
  %".162" = load float, ptr %".161", align 4
  %".163" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".162", i32 0
  %".164" = shufflevector <8 x float> %".163", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".165" = getelementptr float, ptr %".159", i64 26
  %".166" = load float, ptr %".165", align 4
  %".167" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".166", i32 0
  %".168" = shufflevector <8 x float> %".167", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".169" = getelementptr float, ptr %".160", i64 96
  %".170" = load <8 x float>, ptr %".169", align 4
  %".171" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".170", <8 x float> %".164", <8 x float> %".153")
  %".172" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".170", <8 x float> %".168", <8 x float> %".154")
  %".173" = getelementptr float, ptr %".160", i64 112
  %".174" = load <8 x float>, ptr %".173", align 4
  %".175" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".174", <8 x float> %".164", <8 x float> %".157")
  %".176" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".174", <8 x float> %".168", <8 x float> %".158")
  %".177" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".171", <8 x float> %".175", <8 x float> %".172", <8 x float> %".176")
  %".178" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".171", <8 x float> %".175", <8 x float> %".172", <8 x float> %".176")
  %".179" = getelementptr float, ptr %".177", i64 9
  %".180" = load float, ptr %".179", align 4
  %".181" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".180", i32 0
  %".182" = shufflevector <8 x float> %".181", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".183" = getelementptr float, ptr %".177", i64 27
  %".184" = load float, ptr %".183", align 4
  %".185" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".184", i32 0
  %".186" = shufflevector <8 x float> %".185", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".187" = getelementptr float, ptr %".178", i64 280
  %".188" = load <8 x float>, ptr %".187", align 4
  %".189" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".188", <8 x float> %".182", <8 x float> %".171")
  %".190" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".188", <8 x float> %".186", <8 x float> %".172")
  %".191" = getelementptr float, ptr %".178", i64 296
  %".192" = load <8 x float>, ptr %".191", align 4
  %".193" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".192", <8 x float> %".182", <8 x float> %".175")
  %".194" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".192", <8 x float> %".186", <8 x float> %".176")
  %".195" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".189", <8 x float> %".193", <8 x float> %".190", <8 x float> %".194")
  %".196" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".189", <8 x float> %".193", <8 x float> %".190", <8 x float> %".194")
  %".197" = getelementptr float, ptr %".195", i64 10
  %".198" = load float, ptr %".197", align 4
  %".199" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".198", i32 0
  %".200" = shufflevector <8 x float> %".199", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".201" = getelementptr float, ptr %".195", i64 28
  %".202" = load float, ptr %".201", align 4
  %".203" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".202", i32 0
  %".204" = shufflevector <8 x float> %".203", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".205" = getelementptr float, ptr %".196", i64 288
  %".206" = load <8 x float>, ptr %".205", align 4
  %".207" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".206", <8 x float> %".200", <8 x float> %".189")
  %".208" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".206", <8 x float> %".204", <8 x float> %".190")
  %".209" = getelementptr float, ptr %".196", i64 304
  %".210" = load <8 x float>, ptr %".209", align 4
  %".211" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".210", <8 x float> %".200", <8 x float> %".193")
  %".212" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".210", <8 x float> %".204", <8 x float> %".194")
  %".213" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".207", <8 x float> %".211", <8 x float> %".208", <8 x float> %".212")
  %".214" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".207", <8 x float> %".211", <8 x float> %".208", <8 x float> %".212")
  %".215" = getelementptr float, ptr %".213", i64 11
  %".216" = load float, ptr %".215", align 4
  %".217" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".216", i32 0
  %".218" = shufflevector <8 x float> %".217", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".219" = getelementptr float, ptr %".213", i64 29
  %".220" = load float, ptr %".219", align 4
  %".221" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".220", i32 0
  %".222" = shufflevector <8 x float> %".221", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".223" = getelementptr float, ptr %".214", i64 296
  %".224" = load <8 x float>, ptr %".223", align 4
  %".225" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".224", <8 x float> %".218", <8 x float> %".207")
  %".226" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".224", <8 x float> %".222", <8 x float> %".208")
  %".227" = getelementptr float, ptr %".214", i64 312
  %".228" = load <8 x float>, ptr %".227", align 4
  %".229" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".228", <8 x float> %".218", <8 x float> %".211")
  %".230" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".228", <8 x float> %".222", <8 x float> %".212")
  %".231" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".225", <8 x float> %".229", <8 x float> %".226", <8 x float> %".230")
  %".232" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".225", <8 x float> %".229", <8 x float> %".226", <8 x float> %".230")
  %".233" = getelementptr float, ptr %".231", i64 12
  %".234" = load float, ptr %".233", align 4
  %".235" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".234", i32 0
  %".236" = shufflevector <8 x float> %".235", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".237" = getelementptr float, ptr %".231", i64 30
  %".238" = load float, ptr %".237", align 4
  %".239" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".238", i32 0
  %".240" = shufflevector <8 x float> %".239", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".241" = getelementptr float, ptr %".232", i64 320
  %".242" = load <8 x float>, ptr %".241", align 4
  %".243" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".242", <8 x float> %".236", <8 x float> %".225")
  %".244" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".242", <8 x float> %".240", <8 x float> %".226")
  %".245" = getelementptr float, ptr %".232", i64 336
  %".246" = load <8 x float>, ptr %".245", align 4
  %".247" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".246", <8 x float> %".236", <8 x float> %".229")
  %".248" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".246", <8 x float> %".240", <8 x float> %".230")
  %".249" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".243", <8 x float> %".247", <8 x float> %".244", <8 x float> %".248")
  %".250" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".243", <8 x float> %".247", <8 x float> %".244", <8 x float> %".248")
  %".251" = getelementptr float, ptr %".249", i64 13
  %".252" = load float, ptr %".251", align 4
  %".253" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".252", i32 0
  %".254" = shufflevector <8 x float> %".253", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".255" = getelementptr float, ptr %".249", i64 31
  %".256" = load float, ptr %".255", align 4
  %".257" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".256", i32 0
  %".258" = shufflevector <8 x float> %".257", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".259" = getelementptr float, ptr %".250", i64 328
  %".260" = load <8 x float>, ptr %".259", align 4
  %".261" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".260", <8 x float> %".254", <8 x float> %".243")
  %".262" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".260", <8 x float> %".258", <8 x float> %".244")
  %".263" = getelementptr float, ptr %".250", i64 344
  %".264" = load <8 x float>, ptr %".263", align 4
  %".265" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".264", <8 x float> %".254", <8 x float> %".247")
  %".266" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".264", <8 x float> %".258", <8 x float> %".248")
  %".267" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".261", <8 x float> %".265", <8 x float> %".262", <8 x float> %".266")
  %".268" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".261", <8 x float> %".265", <8 x float> %".262", <8 x float> %".266")
  %".269" = getelementptr float, ptr %".267", i64 14
  %".270" = load float, ptr %".269", align 4
  %".271" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".270", i32 0
  %".272" = shufflevector <8 x float> %".271", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".273" = getelementptr float, ptr %".267", i64 32
  %".274" = load float, ptr %".273", align 4
  %".275" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".274", i32 0
  %".276" = shufflevector <8 x float> %".275", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".277" = getelementptr float, ptr %".268", i64 336
  %".278" = load <8 x float>, ptr %".277", align 4
  %".279" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".278", <8 x float> %".272", <8 x float> %".261")
  %".280" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".278", <8 x float> %".276", <8 x float> %".262")
  %".281" = getelementptr float, ptr %".268", i64 352
  %".282" = load <8 x float>, ptr %".281", align 4
  %".283" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".282", <8 x float> %".272", <8 x float> %".265")
  %".284" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".282", <8 x float> %".276", <8 x float> %".266")
  %".285" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".279", <8 x float> %".283", <8 x float> %".280", <8 x float> %".284")
  %".286" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".279", <8 x float> %".283", <8 x float> %".280", <8 x float> %".284")
  %".287" = getelementptr float, ptr %".285", i64 15
  %".288" = load float, ptr %".287", align 4
  %".289" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".288", i32 0
  %".290" = shufflevector <8 x float> %".289", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".291" = getelementptr float, ptr %".285", i64 33
  %".292" = load float, ptr %".291", align 4
  %".293" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".292", i32 0
  %".294" = shufflevector <8 x float> %".293", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".295" = getelementptr float, ptr %".286", i64 360
  %".296" = load <8 x float>, ptr %".295", align 4
  %".297" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".296", <8 x float> %".290", <8 x float> %".279")
  %".298" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".296", <8 x float> %".294", <8 x float> %".280")
  %".299" = getelementptr float, ptr %".286", i64 376
  %".300" = load <8 x float>, ptr %".299", align 4
  %".301" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".300", <8 x float> %".290", <8 x float> %".283")
  %".302" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".300", <8 x float> %".294", <8 x float> %".284")
  %".303" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".297", <8 x float> %".301", <8 x float> %".298", <8 x float> %".302")
  %".304" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".297", <8 x float> %".301", <8 x float> %".298", <8 x float> %".302")
  %".305" = getelementptr float, ptr %".303", i64 16
  %".306" = load float, ptr %".305", align 4
  %".307" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".306", i32 0
  %".308" = shufflevector <8 x float> %".307", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".309" = getelementptr float, ptr %".303", i64 34
  %".310" = load float, ptr %".309", align 4
  %".311" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".310", i32 0
  %".312" = shufflevector <8 x float> %".311", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".313" = getelementptr float, ptr %".304", i64 368
  %".314" = load <8 x float>, ptr %".313", align 4
  %".315" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".314", <8 x float> %".308", <8 x float> %".297")
  %".316" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".314", <8 x float> %".312", <8 x float> %".298")
  %".317" = getelementptr float, ptr %".304", i64 384
  %".318" = load <8 x float>, ptr %".317", align 4
  %".319" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".318", <8 x float> %".308", <8 x float> %".301")
  %".320" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".318", <8 x float> %".312", <8 x float> %".302")
  %".321" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".2", <8 x float> %".315", <8 x float> %".319", <8 x float> %".316", <8 x float> %".320")
  %".322" = call ptr asm  "", "=r,0,v,v,v,v"(ptr %".16", <8 x float> %".315", <8 x float> %".319", <8 x float> %".316", <8 x float> %".320")
  %".323" = getelementptr float, ptr %".321", i64 17
  %".324" = load float, ptr %".323", align 4
  %".325" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".324", i32 0
  %".326" = shufflevector <8 x float> %".325", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".327" = getelementptr float, ptr %".321", i64 35
  %".328" = load float, ptr %".327", align 4
  %".329" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".328", i32 0
  %".330" = shufflevector <8 x float> %".329", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".331" = getelementptr float, ptr %".322", i64 376
  %".332" = load <8 x float>, ptr %".331", align 4
  %".333" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".332", <8 x float> %".326", <8 x float> %".315")
  %".334" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".332", <8 x float> %".330", <8 x float> %".316")
  %".335" = getelementptr float, ptr %".322", i64 392
  %".336" = load <8 x float>, ptr %".335", align 4
  %".337" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".336", <8 x float> %".326", <8 x float> %".319")
  %".338" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".336", <8 x float> %".330", <8 x float> %".320")
  %".339" = call {<8 x float>, <8 x float>, <8 x float>, <8 x float>} asm  "", "=v,=v,=v,=v,0,1,2,3"(<8 x float> %".333", <8 x float> %".337", <8 x float> %".334", <8 x float> %".338")
  %".340" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>} %".339", 0
  %".341" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>} %".339", 1
  %".342" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>} %".339", 2
  %".343" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>} %".339", 3
  %".344" = load float, ptr %".4", align 4
  %".345" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".344", i32 0
  %".346" = shufflevector <8 x float> %".345", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".347" = fadd <8 x float> %".340", %".346"
  %".348" = fcmp ogt <8 x float> %".347", splat (float              0x0)
  %".349" = select  <8 x i1> %".348", <8 x float> %".347", <8 x float> splat (float              0x0)
  %".350" = fcmp uno <8 x float> %".347", %".347"
  %".351" = select  <8 x i1> %".350", <8 x float> %".347", <8 x float> %".349"
  %".352" = mul i64 %".12", 96
  %".353" = mul i64 %".11", 16
  %".354" = add i64 %".352", %".353"
  %".355" = getelementptr float, ptr %".5", i64 %".354"
  store <8 x float> %".351", ptr %".355", align 4
  %".357" = load float, ptr %".4", align 4
  %".358" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".357", i32 0
  %".359" = shufflevector <8 x float> %".358", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".360" = fadd <8 x float> %".341", %".359"
  %".361" = fcmp ogt <8 x float> %".360", splat (float              0x0)
  %".362" = select  <8 x i1> %".361", <8 x float> %".360", <8 x float> splat (float              0x0)
  %".363" = fcmp uno <8 x float> %".360", %".360"
  %".364" = select  <8 x i1> %".363", <8 x float> %".360", <8 x float> %".362"
  %".365" = mul i64 %".12", 96
  %".366" = mul i64 %".11", 16
  %".367" = add i64 %".365", %".366"
  %".368" = add i64 %".367", 8
  %".369" = getelementptr float, ptr %".5", i64 %".368"
  store <8 x float> %".364", ptr %".369", align 4
  %".371" = getelementptr float, ptr %".4", i64 1
  %".372" = load float, ptr %".371", align 4
  %".373" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".372", i32 0
  %".374" = shufflevector <8 x float> %".373", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".375" = fadd <8 x float> %".342", %".374"
  %".376" = fcmp ogt <8 x float> %".375", splat (float              0x0)
  %".377" = select  <8 x i1> %".376", <8 x float> %".375", <8 x float> splat (float              0x0)
  %".378" = fcmp uno <8 x float> %".375", %".375"
  %".379" = select  <8 x i1> %".378", <8 x float> %".375", <8 x float> %".377"
  %".380" = mul i64 %".12", 96
  %".381" = mul i64 %".11", 16
  %".382" = add i64 %".380", %".381"
  %".383" = add i64 %".382", 48
  %".384" = getelementptr float, ptr %".5", i64 %".383"
  store <8 x float> %".379", ptr %".384", align 4
  %".386" = getelementptr float, ptr %".4", i64 1
  %".387" = load float, ptr %".386", align 4
  %".388" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".387", i32 0
  %".389" = shufflevector <8 x float> %".388", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".390" = fadd <8 x float> %".343", %".389"
  %".391" = fcmp ogt <8 x float> %".390", splat (float              0x0)
  %".392" = select  <8 x i1> %".391", <8 x float> %".390", <8 x float> splat (float              0x0)
  %".393" = fcmp uno <8 x float> %".390", %".390"
  %".394" = select  <8 x i1> %".393", <8 x float> %".390", <8 x float> %".392"
  %".395" = mul i64 %".12", 96
  %".396" = mul i64 %".11", 16
  %".397" = add i64 %".395", %".396"
  %".398" = add i64 %".397", 56
  %".399" = getelementptr float, ptr %".5", i64 %".398"
  store <8 x float> %".394", ptr %".399", align 4
  %".401" = add i64 %"tile", 1
  %".402" = icmp slt i64 %".401", %".7"
  br i1 %".402", label %"tile.body", label %"tile.end"
tile.end:
  ret void
}

declare <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".1", <8 x float> %".2", <8 x float> %".3")

define internal void @"k2.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".69", %"o.end"]
  %".9" = udiv i64 %"part", 2
  %".10" = urem i64 %"part", 2
  %".11" = add i64 %".10", 1
  %".12" = icmp slt i64 %".10", %".11"
  br i1 %".12", label %"o.body", label %"o.end"
part.end:
  ret void
o.body:
  %"o" = phi  i64 [%".10", %"part.body"], [%".66", %"o.body"]
  %".14" = mul i64 %".9", 96
  %".15" = mul i64 %"o", 48
  %".16" = add i64 %".14", %".15"
  %".17" = getelementptr float, ptr %".2", i64 %".16"
  %".18" = load <8 x float>, ptr %".17", align 4
  %".19" = fadd <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, %".18"
  %".20" = mul i64 %".9", 96
  %".21" = mul i64 %"o", 48
  %".22" = add i64 %".20", %".21"
  %".23" = add i64 %".22", 8
  %".24" = getelementptr float, ptr %".2", i64 %".23"
  %".25" = load <8 x float>, ptr %".24", align 4
  %".26" = fadd <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, %".25"
  %".27" = mul i64 %".9", 96
  %".28" = mul i64 %"o", 48
  %".29" = add i64 %".27", %".28"
  %".30" = add i64 %".29", 16
  %".31" = getelementptr float, ptr %".2", i64 %".30"
  %".32" = load <8 x float>, ptr %".31", align 4
  %".33" = fadd <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, %".32"
  %".34" = mul i64 %".9", 96
  %".35" = mul i64 %"o", 48
  %".36" = add i64 %".34", %".35"
  %".37" = add i64 %".36", 24
  %".38" = getelementptr float, ptr %".2", i64 %".37"
  %".39" = load <8 x float>, ptr %".38", align 4
  %".40" = fadd <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, %".39"
  %".41" = mul i64 %".9", 96
  %".42" = mul i64 %"o", 48
  %".43" = add i64 %".41", %".42"
  %".44" = add i64 %".43", 32
  %".45" = getelementptr float, ptr %".2", i64 %".44"
  %".46" = load <8 x float>, ptr %".45", align 4
  %".47" = fadd <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, %".46"
  %".48" = mul i64 %".9", 96
  %".49" = mul i64 %"o", 48
  %".50" = add i64 %".48", %".49"
  %".51" = add i64 %".50", 40
  %".52" = getelementptr float, ptr %".2", i64 %".51"
  %".53" = load <8 x float>, ptr %".52", align 4
  %".54" = fadd <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, %".53"
  %".55" = fadd <8 x float> %".19", %".26"
  %".56" = fadd <8 x float> %".33", %".40"
  %".57" = fadd <8 x float> %".47", %".54"
  %".58" = fadd <8 x float> %".55", %".56"
  %".59" = fadd <8 x float> %".58", %".57"
  %".60" = fmul <8 x float> %".59", splat (float 0x3fc5555560000000)
  %".61" = mul i64 %".9", 16
  %".62" = mul i64 %"o", 8
  %".63" = add i64 %".61", %".62"
  %".64" = getelementptr float, ptr %".3", i64 %".63"
  store <8 x float> %".60", ptr %".64", align 4
  %".66" = add i64 %"o", 1
  %".67" = icmp slt i64 %".66", %".11"
  br i1 %".67", label %"o.body", label %"o.end"
o.end:
  %".69" = add i64 %"part", 1
  %".70" = icmp slt i64 %".69", %".5"
  br i1 %".70", label %"part.body", label %"part.end"
}

define internal void @"k3.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".38", %"a3.end"]
  %".9" = udiv i64 %"part", 2
  %".10" = urem i64 %"part", 2
  %".11" = add i64 %".10", 1
  %".12" = icmp slt i64 %".10", %".11"
  br i1 %".12", label %"a3.body", label %"a3.end"
part.end:
  ret void
a3.body:
  %"a3" = phi  i64 [%".10", %"part.body"], [%".35", %"a0.lane.end"]
  %".14" = mul i64 %".9", 8
  %".15" = sub i64 5, %".14"
  %".16" = icmp slt i64 %".15", 8
  %".17" = select  i1 %".16", i64 %".15", i64 8
  %".18" = icmp slt i64 0, %".17"
  br i1 %".18", label %"a0.lane.body", label %"a0.lane.end"
a3.end:
  %".38" = add i64 %"part", 1
  %".39" = icmp slt i64 %".38", %".5"
  br i1 %".39", label %"part.body", label %"part.end"
a0.lane.body:
  %"a0.lane" = phi  i64 [0, %"a3.body"], [%".32", %"a0.lane.body"]
  %".20" = mul i64 %".9", 16
  %".21" = add i64 %".20", %"a0.lane"
  %".22" = mul i64 %"a3", 8
  %".23" = add i64 %".21", %".22"
  %".24" = getelementptr float, ptr %".2", i64 %".23"
  %".25" = load float, ptr %".24", align 4
  %".26" = mul i64 %".9", 16
  %".27" = mul i64 %"a0.lane", 2
  %".28" = add i64 %".26", %".27"
  %".29" = add i64 %".28", %"a3"
  %".30" = getelementptr float, ptr %".3", i64 %".29"
  store float %".25", ptr %".30", align 4
  %".32" = add i64 %"a0.lane", 1
  %".33" = icmp slt i64 %".32", %".17"
  br i1 %".33", label %"a0.lane.body", label %"a0.lane.end"
a0.lane.end:
  %".35" = add i64 %"a3", 1
  %".36" = icmp slt i64 %".35", %".11"
  br i1 %".36", label %"a3.body", label %"a3.end"
}

