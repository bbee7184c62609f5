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
  %".7" = getelementptr ptr, ptr %".2", i64 2
  %".8" = load ptr, ptr %".7"
  %".9" = getelementptr ptr, ptr %".2", i64 14
  %".10" = load ptr, ptr %".9"
  %".11" = getelementptr ptr, ptr %".2", i64 3
  %".12" = load ptr, ptr %".11"
  %".13" = getelementptr i8, ptr %".1", i64 64
  %".14" = load ptr, ptr %".2"
  %".15" = getelementptr ptr, ptr %".2", i64 1
  %".16" = load ptr, ptr %".15"
  %".17" = getelementptr i8, ptr %".1", i64 128
  %".18" = getelementptr i8, ptr %".1", i64 192
  %".19" = getelementptr i8, ptr %".1", i64 256
  %".20" = getelementptr i8, ptr %".1", i64 256
  %".21" = getelementptr i8, ptr %".1", i64 320
  %".22" = getelementptr i8, ptr %".1", i64 320
  %".23" = getelementptr i8, ptr %".1", i64 384
  %".24" = getelementptr i8, ptr %".1", i64 384
  %".25" = getelementptr ptr, ptr %".2", i64 4
  %".26" = load ptr, ptr %".25"
  %".27" = getelementptr i8, ptr %".1", i64 64
  %".28" = getelementptr ptr, ptr %".2", i64 7
  %".29" = load ptr, ptr %".28"
  %".30" = getelementptr i8, ptr %".1", i64 384
  %".31" = getelementptr i8, ptr %".1", i64 448
  %".32" = getelementptr i8, ptr %".1", i64 512
  %".33" = getelementptr i8, ptr %".1", i64 576
  %".34" = getelementptr ptr, ptr %".2", i64 12
  %".35" = load ptr, ptr %".34"
  %".36" = getelementptr ptr, ptr %".2", i64 2
  %".37" = load ptr, ptr %".36"
  %".38" = getelementptr i8, ptr %".1", i64 64
  %".39" = getelementptr ptr, ptr %".2", i64 6
  %".40" = load ptr, ptr %".39"
  %".41" = getelementptr i8, ptr %".1", i64 128
  %".42" = getelementptr ptr, ptr %".2", i64 8
  %".43" = load ptr, ptr %".42"
  %".44" = getelementptr ptr, ptr %".2", i64 10
  %".45" = load ptr, ptr %".44"
  %".46" = getelementptr ptr, ptr %".2", i64 9
  %".47" = load ptr, ptr %".46"
  %".48" = getelementptr ptr, ptr %".2", i64 11
  %".49" = load ptr, ptr %".48"
  %".50" = getelementptr ptr, ptr %".2", i64 13
  %".51" = load ptr, ptr %".50"
  %".52" = add i64 %".4", 1
  %".53" = mul i64 %".4", 3
  %".54" = udiv i64 %".53", %".5"
  %".55" = mul i64 %".52", 3
  %".56" = udiv i64 %".55", %".5"
  call void @"k0.loops"(ptr %".1", ptr %".8", ptr %".1", i64 %".54", i64 %".56")
  %".58" = add i64 %".4", 1
  %".59" = icmp sgt i64 %".4", 0
  %".60" = zext i1 %".59" to i64
  %".61" = icmp sgt i64 %".58", 0
  %".62" = zext i1 %".61" to i64
  call void @"k1.loops"(ptr %".1", ptr %".10", ptr %".12", ptr %".13", i64 %".60", i64 %".62")
  %".64" = urem i64 1, %".5"
  %".65" = icmp ne i64 %".64", 0
  br i1 %".65", label %"entry.if", label %"entry.endif"
entry.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif"
entry.endif:
  %".69" = add i64 %".4", 1
  %".70" = icmp sgt i64 %".4", 0
  %".71" = zext i1 %".70" to i64
  %".72" = icmp sgt i64 %".69", 0
  %".73" = zext i1 %".72" to i64
  call void @"k2.contraction"(ptr %".1", ptr %".14", ptr %".1", ptr %".16", ptr %".17", i64 %".71", i64 %".73")
  %".75" = urem i64 1, %".5"
  %".76" = icmp ne i64 %".75", 0
  br i1 %".76", label %"entry.endif.if", label %"entry.endif.endif"
entry.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif"
entry.endif.endif:
  %".80" = add i64 %".4", 1
  %".81" = icmp sgt i64 %".4", 0
  %".82" = zext i1 %".81" to i64
  %".83" = icmp sgt i64 %".80", 0
  %".84" = zext i1 %".83" to i64
  call void @"k3.loops"(ptr %".1", ptr %".17", ptr %".18", i64 %".82", i64 %".84")
  %".86" = urem i64 1, %".5"
  %".87" = icmp ne i64 %".86", 0
  br i1 %".87", label %"entry.endif.endif.if", label %"entry.endif.endif.endif"
entry.endif.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif.endif"
entry.endif.endif.endif:
  %".91" = add i64 %".4", 1
  %".92" = icmp sgt i64 %".4", 0
  %".93" = zext i1 %".92" to i64
  %".94" = icmp sgt i64 %".91", 0
  %".95" = zext i1 %".94" to i64
  call void @"k4.loops"(ptr %".1", ptr %".17", ptr %".18", ptr %".19", i64 %".93", i64 %".95")
  %".97" = urem i64 1, %".5"
  %".98" = icmp ne i64 %".97", 0
  br i1 %".98", label %"entry.endif.endif.endif.if", label %"entry.endif.endif.endif.endif"
entry.endif.endif.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif.endif.endif"
entry.endif.endif.endif.endif:
  %".102" = add i64 %".4", 1
  %".103" = icmp sgt i64 %".4", 0
  %".104" = zext i1 %".103" to i64
  %".105" = icmp sgt i64 %".102", 0
  %".106" = zext i1 %".105" to i64
  call void @"k5.reduce"(ptr %".1", ptr %".17", ptr %".20", ptr %".21", i64 %".104", i64 %".106")
  %".108" = urem i64 1, %".5"
  %".109" = icmp ne i64 %".108", 0
  br i1 %".109", label %"entry.endif.endif.endif.endif.if", label %"entry.endif.endif.endif.endif.endif"
entry.endif.endif.endif.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif.endif.endif.endif"
entry.endif.endif.endif.endif.endif:
  %".113" = add i64 %".4", 1
  %".114" = icmp sgt i64 %".4", 0
  %".115" = zext i1 %".114" to i64
  %".116" = icmp sgt i64 %".113", 0
  %".117" = zext i1 %".116" to i64
  call void @"k6.reduce"(ptr %".1", ptr %".13", ptr %".22", ptr %".23", i64 %".115", i64 %".117")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".120" = add i64 %".4", 1
  %".121" = mul i64 %".4", 2
  %".122" = udiv i64 %".121", %".5"
  %".123" = mul i64 %".120", 2
  %".124" = udiv i64 %".123", %".5"
  call void @"k7.loops"(ptr %".1", ptr %".13", ptr %".24", ptr %".17", ptr %".20", ptr %".1", i64 %".122", i64 %".124")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".127" = add i64 %".4", 1
  %".128" = mul i64 %".4", 2
  %".129" = udiv i64 %".128", %".5"
  %".130" = mul i64 %".127", 2
  %".131" = udiv i64 %".130", %".5"
  call void @"k8.reduce"(ptr %".1", ptr %".1", ptr %".16", ptr %".26", ptr %".27", ptr %".29", ptr %".30", i64 %".129", i64 %".131")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".134" = add i64 %".4", 1
  %".135" = icmp sgt i64 %".4", 0
  %".136" = zext i1 %".135" to i64
  %".137" = icmp sgt i64 %".134", 0
  %".138" = zext i1 %".137" to i64
  call void @"k9.loops"(ptr %".1", ptr %".27", ptr %".31", i64 %".136", i64 %".138")
  %".140" = add i64 %".4", 1
  %".141" = icmp sgt i64 %".4", 0
  %".142" = zext i1 %".141" to i64
  %".143" = icmp sgt i64 %".140", 0
  %".144" = zext i1 %".143" to i64
  call void @"k9.loops"(ptr %".1", ptr %".30", ptr %".32", i64 %".142", i64 %".144")
  %".146" = urem i64 1, %".5"
  %".147" = icmp ne i64 %".146", 0
  br i1 %".147", label %"entry.endif.endif.endif.endif.endif.if", label %"entry.endif.endif.endif.endif.endif.endif"
entry.endif.endif.endif.endif.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif.endif.endif.endif.endif"
entry.endif.endif.endif.endif.endif.endif:
  %".151" = add i64 %".4", 1
  %".152" = mul i64 %".4", 2
  %".153" = udiv i64 %".152", %".5"
  %".154" = mul i64 %".151", 2
  %".155" = udiv i64 %".154", %".5"
  call void @"k10.loops"(ptr %".1", ptr %".22", ptr %".17", ptr %".20", ptr %".33", i64 %".153", i64 %".155")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".158" = add i64 %".4", 1
  %".159" = icmp sgt i64 %".4", 0
  %".160" = zext i1 %".159" to i64
  %".161" = icmp sgt i64 %".158", 0
  %".162" = zext i1 %".161" to i64
  call void @"k11.loops"(ptr %".1", ptr %".33", ptr %".12", ptr %".35", i64 %".160", i64 %".162")
  %".164" = add i64 %".4", 1
  %".165" = mul i64 %".4", 2
  %".166" = udiv i64 %".165", %".5"
  %".167" = mul i64 %".164", 2
  %".168" = udiv i64 %".167", %".5"
  call void @"k12.contraction"(ptr %".1", ptr %".1", ptr %".37", ptr %".14", ptr %".26", ptr %".38", ptr %".40", ptr %".41", i64 %".166", i64 %".168")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".171" = add i64 %".4", 1
  %".172" = icmp sgt i64 %".4", 0
  %".173" = zext i1 %".172" to i64
  %".174" = icmp sgt i64 %".171", 0
  %".175" = zext i1 %".174" to i64
  call void @"k13.loops"(ptr %".1", ptr %".38", ptr %".31", ptr %".43", ptr %".45", i64 %".173", i64 %".175")
  %".177" = add i64 %".4", 1
  %".178" = icmp sgt i64 %".4", 0
  %".179" = zext i1 %".178" to i64
  %".180" = icmp sgt i64 %".177", 0
  %".181" = zext i1 %".180" to i64
  call void @"k13.loops"(ptr %".1", ptr %".41", ptr %".32", ptr %".47", ptr %".49", i64 %".179", i64 %".181")
  %".183" = add i64 %".4", 1
  %".184" = icmp sgt i64 %".4", 0
  %".185" = zext i1 %".184" to i64
  %".186" = icmp sgt i64 %".183", 0
  %".187" = zext i1 %".186" to i64
  call void @"k14.loops"(ptr %".1", ptr %".18", ptr %".12", ptr %".51", i64 %".185", i64 %".187")
  ret void
}

define internal void @"k0.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".49", %"a1.end"]
  %".9" = udiv i64 %"part", 3
  %".10" = urem i64 %"part", 3
  %".11" = add i64 %".10", 1
  %".12" = icmp slt i64 %".10", %".11"
  br i1 %".12", label %"a1.body", label %"a1.end"
part.end:
  ret void
a1.body:
  %"a1" = phi  i64 [%".10", %"part.body"], [%".46", %"a1.body"]
  %".14" = mul i64 %".9", 12
  %".15" = add i64 %".14", %"a1"
  %".16" = getelementptr float, ptr %".2", i64 %".15"
  %".17" = load float, ptr %".16", align 4
  %".18" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".17", i32 0
  %".19" = insertelement <4 x i1> <i1 undef, i1 undef, i1 undef, i1 undef>, i1 1, i32 0
  %".20" = mul i64 %".9", 12
  %".21" = add i64 %".20", %"a1"
  %".22" = add i64 %".21", 3
  %".23" = getelementptr float, ptr %".2", i64 %".22"
  %".24" = load float, ptr %".23", align 4
  %".25" = insertelement <4 x float> %".18", float %".24", i32 1
  %".26" = insertelement <4 x i1> %".19", i1 1, i32 1
  %".27" = mul i64 %".9", 12
  %".28" = add i64 %".27", %"a1"
  %".29" = add i64 %".28", 6
  %".30" = getelementptr float, ptr %".2", i64 %".29"
  %".31" = load float, ptr %".30", align 4
  %".32" = insertelement <4 x float> %".25", float %".31", i32 2
  %".33" = insertelement <4 x i1> %".26", i1 1, i32 2
  %".34" = mul i64 %".9", 12
  %".35" = add i64 %".34", %"a1"
  %".36" = add i64 %".35", 9
  %".37" = getelementptr float, ptr %".2", i64 %".36"
  %".38" = load float, ptr %".37", align 4
  %".39" = insertelement <4 x float> %".32", float %".38", i32 3
  %".40" = insertelement <4 x i1> %".33", i1 1, i32 3
  %".41" = mul i64 %".9", 12
  %".42" = mul i64 %"a1", 4
  %".43" = add i64 %".41", %".42"
  %".44" = getelementptr float, ptr %".3", i64 %".43"
  store <4 x float> %".39", ptr %".44", align 4
  %".46" = add i64 %"a1", 1
  %".47" = icmp slt i64 %".46", %".11"
  br i1 %".47", label %"a1.body", label %"a1.end"
a1.end:
  %".49" = add i64 %"part", 1
  %".50" = icmp slt i64 %".49", %".5"
  br i1 %".50", label %"part.body", label %"part.end"
}

define internal void @"k1.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".16", %"zero.end"]
  br label %"zero.body"
part.end:
  %".19" = icmp slt i64 %".5", %".6"
  br i1 %".19", label %"part.body.1", label %"part.end.1"
zero.body:
  %"zero" = phi  i64 [0, %"part.body"], [%".13", %"zero.body"]
  %".11" = getelementptr float, ptr %".4", i64 %"zero"
  store float 0.0, ptr %".11"
  %".13" = add i64 %"zero", 1
  %".14" = icmp slt i64 %".13", 8
  br i1 %".14", label %"zero.body", label %"zero.end"
zero.end:
  %".16" = add i64 %"part", 1
  %".17" = icmp slt i64 %".16", %".6"
  br i1 %".17", label %"part.body", label %"part.end"
part.body.1:
  %"part.1" = phi  i64 [%".5", %"part.end"], [%".42", %"n.lane.end"]
  br label %"n.lane.body"
part.end.1:
  ret void
n.lane.body:
  %"n.lane" = phi  i64 [0, %"part.body.1"], [%".39", %"n.lane.body.endif"]
  %".22" = load float, ptr %".2", align 4
  %".23" = fmul float %".22", 0xbfd0000000000000
  %".24" = getelementptr i64, ptr %".3", i64 %"n.lane"
  %".25" = load i64, ptr %".24", align 8
  %".26" = icmp ult i64 %".25", 2
  %".27" = udiv i64 %"n.lane", 4
  %".28" = urem i64 %"n.lane", 4
  %".29" = mul i64 %".27", 8
  %".30" = add i64 %".29", %".28"
  %".31" = mul i64 %".25", 4
  %".32" = add i64 %".30", %".31"
  br i1 %".26", label %"n.lane.body.if", label %"n.lane.body.endif"
n.lane.end:
  %".42" = add i64 %"part.1", 1
  %".43" = icmp slt i64 %".42", %".6"
  br i1 %".43", label %"part.body.1", label %"part.end.1"
n.lane.body.if:
  %".34" = getelementptr float, ptr %".4", i64 %".32"
  %".35" = load float, ptr %".34", align 4
  %".36" = fadd float %".35", %".23"
  store float %".36", ptr %".34", align 4
  br label %"n.lane.body.endif"
n.lane.body.endif:
  %".39" = add i64 %"n.lane", 1
  %".40" = icmp slt i64 %".39", 4
  br i1 %".40", label %"n.lane.body", label %"n.lane.end"
}

define internal void @"k2.contraction"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", i64 %".6", i64 %".7") noinline nounwind
{
entry:
  %".9" = icmp slt i64 %".6", %".7"
  br i1 %".9", label %"tile.body", label %"tile.end"
tile.body:
  %"tile" = phi  i64 [%".6", %"entry"], [%".84", %"tile.body"]
  %".11" = mul i64 %"tile", 12
  %".12" = getelementptr float, ptr %".3", i64 %".11"
  %".13" = call ptr asm  "", "=r,0"(ptr %".2")
  %".14" = call ptr asm  "", "=r,0"(ptr %".12")
  %".15" = load <4 x float>, ptr %".14", align 4
  %".16" = load float, ptr %".13", align 4
  %".17" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".16", i32 0
  %".18" = shufflevector <4 x float> %".17", <4 x float> <float undef, float undef, float undef, float undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".19" = fmul <4 x float> %".18", %".15"
  %".20" = fadd <4 x float> <float              0x0, float              0x0, float              0x0, float              0x0>, %".19"
  %".21" = call <4 x float> asm  "", "=v,0,v"(<4 x float> %".20", <4 x float> %".19")
  %".22" = getelementptr float, ptr %".13", i64 3
  %".23" = load float, ptr %".22", align 4
  %".24" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".23", i32 0
  %".25" = shufflevector <4 x float> %".24", <4 x float> <float undef, float undef, float undef, float undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".26" = fmul <4 x float> %".25", %".15"
  %".27" = fadd <4 x float> <float              0x0, float              0x0, float              0x0, float              0x0>, %".26"
  %".28" = call <4 x float> asm  "", "=v,0,v"(<4 x float> %".27", <4 x float> %".26")
  %".29" = call ptr asm  "", "=r,0,v,v"(ptr %".2", <4 x float> %".21", <4 x float> %".28")
  %".30" = call ptr asm  "", "=r,0,v,v"(ptr %".12", <4 x float> %".21", <4 x float> %".28")
  %".31" = getelementptr float, ptr %".30", i64 4
  %".32" = load <4 x float>, ptr %".31", align 4
  %".33" = getelementptr float, ptr %".29", i64 1
  %".34" = load float, ptr %".33", align 4
  %".35" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".34", i32 0
  %".36" = shufflevector <4 x float> %".35", <4 x float> <float undef, float undef, float undef, float undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".37" = fmul <4 x float> %".36", %".32"
  %".38" = fadd <4 x float> %".21", %".37"
  %".39" = call <4 x float> asm  "", "=v,0,v"(<4 x float> %".38", <4 x float> %".37")
  %".40" = getelementptr float, ptr %".29", i64 4
  %".41" = load float, ptr %".40", align 4
  %".42" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".41", i32 0
  %".43" = shufflevector <4 x float> %".42", <4 x float> <float undef, float undef, float undef, float undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".44" = fmul <4 x float> %".43", %".32"
  %".45" = fadd <4 x float> %".28", %".44"
  %".46" = call <4 x float> asm  "", "=v,0,v"(<4 x float> %".45", <4 x float> %".44")
  %".47" = call ptr asm  "", "=r,0,v,v"(ptr %".2", <4 x float> %".39", <4 x float> %".46")
  %".48" = call ptr asm  "", "=r,0,v,v"(ptr %".12", <4 x float> %".39", <4 x float> %".46")
  %".49" = getelementptr float, ptr %".48", i64 8
  %".50" = load <4 x float>, ptr %".49", align 4
  %".51" = getelementptr float, ptr %".47", i64 2
  %".52" = load float, ptr %".51", align 4
  %".53" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".52", i32 0
  %".54" = shufflevector <4 x float> %".53", <4 x float> <float undef, float undef, float undef, float undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".55" = fmul <4 x float> %".54", %".50"
  %".56" = fadd <4 x float> %".39", %".55"
  %".57" = call <4 x float> asm  "", "=v,0,v"(<4 x float> %".56", <4 x float> %".55")
  %".58" = getelementptr float, ptr %".47", i64 5
  %".59" = load float, ptr %".58", align 4
  %".60" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".59", i32 0
  %".61" = shufflevector <4 x float> %".60", <4 x float> <float undef, float undef, float undef, float undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".62" = fmul <4 x float> %".61", %".50"
  %".63" = fadd <4 x float> %".46", %".62"
  %".64" = call <4 x float> asm  "", "=v,0,v"(<4 x float> %".63", <4 x float> %".62")
  %".65" = call {<4 x float>, <4 x float>} asm  "", "=v,=v,0,1"(<4 x float> %".57", <4 x float> %".64")
  %".66" = extractvalue {<4 x float>, <4 x float>} %".65", 0
  %".67" = extractvalue {<4 x float>, <4 x float>} %".65", 1
  %".68" = load float, ptr %".4", align 4
  %".69" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".68", i32 0
  %".70" = shufflevector <4 x float> %".69", <4 x float> <float undef, float undef, float undef, float undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".71" = fadd <4 x float> %".66", %".70"
  %".72" = mul i64 %"tile", 8
  %".73" = getelementptr float, ptr %".5", i64 %".72"
  store <4 x float> %".71", ptr %".73", align 4
  %".75" = getelementptr float, ptr %".4", i64 1
  %".76" = load float, ptr %".75", align 4
  %".77" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".76", i32 0
  %".78" = shufflevector <4 x float> %".77", <4 x float> <float undef, float undef, float undef, float undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".79" = fadd <4 x float> %".67", %".78"
  %".80" = mul i64 %"tile", 8
  %".81" = add i64 %".80", 4
  %".82" = getelementptr float, ptr %".5", i64 %".81"
  store <4 x float> %".79", ptr %".82", align 4
  %".84" = add i64 %"tile", 1
  %".85" = icmp slt i64 %".84", %".7"
  br i1 %".85", label %"tile.body", label %"tile.end"
tile.end:
  ret void
}

define internal void @"k3.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".36", %"r.end"]
  br label %"r.body"
part.end:
  ret void
r.body:
  %".10" = phi  i64 [0, %"part.body"], [%".30", %"r.body"]
  %".11" = phi  <4 x float> [<float 0xfff0000000000000, float 0xfff0000000000000, float 0xfff0000000000000, float 0xfff0000000000000>, %"part.body"], [%".27", %"r.body"]
  %".12" = phi  <4 x i64> [<i64 0, i64 0, i64 0, i64 0>, %"part.body"], [%".28", %"r.body"]
  %".13" = phi  <4 x i1> [<i1 0, i1 0, i1 0, i1 0>, %"part.body"], [%".29", %"r.body"]
  %".14" = mul i64 %"part", 8
  %".15" = mul i64 %".10", 4
  %".16" = add i64 %".14", %".15"
  %".17" = getelementptr float, ptr %".2", i64 %".16"
  %".18" = load <4 x float>, ptr %".17", align 4
  %".19" = fcmp ugt <4 x float> %".18", %".11"
  %".20" = fcmp ord <4 x float> %".11", %".11"
  %".21" = and <4 x i1> %".19", %".20"
  %".22" = xor <4 x i1> %".13", <i1 -1, i1 -1, i1 -1, i1 -1>
  %".23" = or <4 x i1> %".21", %".22"
  %".24" = and <4 x i1> %".23", <i1 1, i1 1, i1 1, i1 1>
  %".25" = insertelement <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".10", i32 0
  %".26" = shufflevector <4 x i64> %".25", <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".27" = select  <4 x i1> %".24", <4 x float> %".18", <4 x float> %".11"
  %".28" = select  <4 x i1> %".24", <4 x i64> %".26", <4 x i64> %".12"
  %".29" = or <4 x i1> %".13", <i1 1, i1 1, i1 1, i1 1>
  %".30" = add i64 %".10", 1
  %".31" = icmp slt i64 %".30", 2
  br i1 %".31", label %"r.body", label %"r.end"
r.end:
  %".33" = mul i64 %"part", 4
  %".34" = getelementptr i64, ptr %".3", i64 %".33"
  store <4 x i64> %".28", ptr %".34", align 8
  %".36" = add i64 %"part", 1
  %".37" = icmp slt i64 %".36", %".5"
  br i1 %".37", label %"part.body", label %"part.end"
}

define internal void @"k4.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".87", %"part.body"]
  %".10" = mul i64 %"part", 4
  %".11" = mul i64 %"part", 4
  %".12" = getelementptr i64, ptr %".3", i64 %".11"
  %".13" = load i64, ptr %".12", align 8
  %".14" = icmp ult i64 %".13", 2
  %".15" = udiv i64 %".10", 4
  %".16" = urem i64 %".10", 4
  %".17" = mul i64 %".15", 8
  %".18" = add i64 %".17", %".16"
  %".19" = mul i64 %".13", 4
  %".20" = add i64 %".18", %".19"
  %".21" = select  i1 %".14", i64 %".20", i64 0
  %".22" = getelementptr float, ptr %".2", i64 %".21"
  %".23" = load float, ptr %".22", align 4
  %".24" = select  i1 %".14", float %".23", float              0x0
  %".25" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".24", i32 0
  %".26" = insertelement <4 x i1> <i1 undef, i1 undef, i1 undef, i1 undef>, i1 %".14", i32 0
  %".27" = mul i64 %"part", 4
  %".28" = add i64 %".27", 1
  %".29" = mul i64 %"part", 4
  %".30" = add i64 %".29", 1
  %".31" = getelementptr i64, ptr %".3", i64 %".30"
  %".32" = load i64, ptr %".31", align 8
  %".33" = icmp ult i64 %".32", 2
  %".34" = udiv i64 %".28", 4
  %".35" = urem i64 %".28", 4
  %".36" = mul i64 %".34", 8
  %".37" = add i64 %".36", %".35"
  %".38" = mul i64 %".32", 4
  %".39" = add i64 %".37", %".38"
  %".40" = select  i1 %".33", i64 %".39", i64 0
  %".41" = getelementptr float, ptr %".2", i64 %".40"
  %".42" = load float, ptr %".41", align 4
  %".43" = select  i1 %".33", float %".42", float              0x0
  %".44" = insertelement <4 x float> %".25", float %".43", i32 1
  %".45" = insertelement <4 x i1> %".26", i1 %".33", i32 1
  %".46" = mul i64 %"part", 4
  %".47" = add i64 %".46", 2
  %".48" = mul i64 %"part", 4
  %".49" = add i64 %".48", 2
  %".50" = getelementptr i64, ptr %".3", i64 %".49"
  %".51" = load i64, ptr %".50", align 8
  %".52" = icmp ult i64 %".51", 2
  %".53" = udiv i64 %".47", 4
  %".54" = urem i64 %".47", 4
  %".55" = mul i64 %".53", 8
  %".56" = add i64 %".55", %".54"
  %".57" = mul i64 %".51", 4
  %".58" = add i64 %".56", %".57"
  %".59" = select  i1 %".52", i64 %".58", i64 0
  %".60" = getelementptr float, ptr %".2", i64 %".59"
  %".61" = load float, ptr %".60", align 4
  %".62" = select  i1 %".52", float %".61", float              0x0
  %".63" = insertelement <4 x float> %".44", float %".62", i32 2
  %".64" = insertelement <4 x i1> %".45", i1 %".52", i32 2
  %".65" = mul i64 %"part", 4
  %".66" = add i64 %".65", 3
  %".67" = mul i64 %"part", 4
  %".68" = add i64 %".67", 3
  %".69" = getelementptr i64, ptr %".3", i64 %".68"
  %".70" = load i64, ptr %".69", align 8
  %".71" = icmp ult i64 %".70", 2
  %".72" = udiv i64 %".66", 4
  %".73" = urem i64 %".66", 4
  %".74" = mul i64 %".72", 8
  %".75" = add i64 %".74", %".73"
  %".76" = mul i64 %".70", 4
  %".77" = add i64 %".75", %".76"
  %".78" = select  i1 %".71", i64 %".77", i64 0
  %".79" = getelementptr float, ptr %".2", i64 %".78"
  %".80" = load float, ptr %".79", align 4
  %".81" = select  i1 %".71", float %".80", float              0x0
  %".82" = insertelement <4 x float> %".63", float %".81", i32 3
  %".83" = insertelement <4 x i1> %".64", i1 %".71", i32 3
  %".84" = mul i64 %"part", 4
  %".85" = getelementptr float, ptr %".4", i64 %".84"
  store <4 x float> %".82", ptr %".85", align 4
  %".87" = add i64 %"part", 1
  %".88" = icmp slt i64 %".87", %".6"
  br i1 %".88", label %"part.body", label %"part.end"
part.end:
  ret void
}

define internal void @"k5.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".70", %"part.body"]
  %".10" = mul i64 %"part", 4
  %".11" = getelementptr float, ptr %".3", i64 %".10"
  %".12" = load <4 x float>, ptr %".11", align 4
  %".13" = mul i64 %"part", 8
  %".14" = getelementptr float, ptr %".2", i64 %".13"
  %".15" = load <4 x float>, ptr %".14", align 4
  %".16" = fsub <4 x float> %".15", %".12"
  %".17" = fcmp olt <4 x float> %".16", splat (float 0xc055d589e0000000)
  %".18" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".16", <4 x float> splat (float 0x3ff7154760000000), <4 x float> splat (float 0x4168000000000000))
  %".19" = fsub <4 x float> %".18", splat (float 0x4168000000000000)
  %".20" = bitcast <4 x float> %".18" to <4 x i32>
  %".21" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".19", <4 x float> splat (float 0xbfe62e4000000000), <4 x float> %".16")
  %".22" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".19", <4 x float> splat (float 0xbeb7f7d1c0000000), <4 x float> %".21")
  %".23" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> splat (float 0x3f56a52320000000), <4 x float> %".22", <4 x float> splat (float 0x3f812396c0000000))
  %".24" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".23", <4 x float> %".22", <4 x float> splat (float 0x3fa5558aa0000000))
  %".25" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".24", <4 x float> %".22", <4 x float> splat (float 0x3fc5554920000000))
  %".26" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".25", <4 x float> %".22", <4 x float> splat (float 0x3fdfffffc0000000))
  %".27" = fmul <4 x float> %".22", %".22"
  %".28" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".27", <4 x float> %".26", <4 x float> %".22")
  %".29" = fadd <4 x float> %".28", splat (float 0x3ff0000000000000)
  %".30" = bitcast <4 x float> %".29" to <4 x i32>
  %".31" = shl <4 x i32> %".20", splat (i32 23)
  %".32" = add <4 x i32> %".30", %".31"
  %".33" = bitcast <4 x i32> %".32" to <4 x float>
  %".34" = select  <4 x i1> %".17", <4 x float> splat (float              0x0), <4 x float> %".33"
  %".35" = fcmp ole <4 x float> %".16", splat (float 0x40562e42e0000000)
  %".36" = fadd <4 x float> %".16", splat (float 0x7ff0000000000000)
  %".37" = select  <4 x i1> %".35", <4 x float> %".34", <4 x float> %".36"
  %".38" = fadd <4 x float> <float              0x0, float              0x0, float              0x0, float              0x0>, %".37"
  %".39" = mul i64 %"part", 8
  %".40" = add i64 %".39", 4
  %".41" = getelementptr float, ptr %".2", i64 %".40"
  %".42" = load <4 x float>, ptr %".41", align 4
  %".43" = fsub <4 x float> %".42", %".12"
  %".44" = fcmp olt <4 x float> %".43", splat (float 0xc055d589e0000000)
  %".45" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".43", <4 x float> splat (float 0x3ff7154760000000), <4 x float> splat (float 0x4168000000000000))
  %".46" = fsub <4 x float> %".45", splat (float 0x4168000000000000)
  %".47" = bitcast <4 x float> %".45" to <4 x i32>
  %".48" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".46", <4 x float> splat (float 0xbfe62e4000000000), <4 x float> %".43")
  %".49" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".46", <4 x float> splat (float 0xbeb7f7d1c0000000), <4 x float> %".48")
  %".50" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> splat (float 0x3f56a52320000000), <4 x float> %".49", <4 x float> splat (float 0x3f812396c0000000))
  %".51" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".50", <4 x float> %".49", <4 x float> splat (float 0x3fa5558aa0000000))
  %".52" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".51", <4 x float> %".49", <4 x float> splat (float 0x3fc5554920000000))
  %".53" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".52", <4 x float> %".49", <4 x float> splat (float 0x3fdfffffc0000000))
  %".54" = fmul <4 x float> %".49", %".49"
  %".55" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".54", <4 x float> %".53", <4 x float> %".49")
  %".56" = fadd <4 x float> %".55", splat (float 0x3ff0000000000000)
  %".57" = bitcast <4 x float> %".56" to <4 x i32>
  %".58" = shl <4 x i32> %".47", splat (i32 23)
  %".59" = add <4 x i32> %".57", %".58"
  %".60" = bitcast <4 x i32> %".59" to <4 x float>
  %".61" = select  <4 x i1> %".44", <4 x float> splat (float              0x0), <4 x float> %".60"
  %".62" = fcmp ole <4 x float> %".43", splat (float 0x40562e42e0000000)
  %".63" = fadd <4 x float> %".43", splat (float 0x7ff0000000000000)
  %".64" = select  <4 x i1> %".62", <4 x float> %".61", <4 x float> %".63"
  %".65" = fadd <4 x float> <float              0x0, float              0x0, float              0x0, float              0x0>, %".64"
  %".66" = fadd <4 x float> %".38", %".65"
  %".67" = mul i64 %"part", 4
  %".68" = getelementptr float, ptr %".4", i64 %".67"
  store <4 x float> %".66", ptr %".68", align 4
  %".70" = add i64 %"part", 1
  %".71" = icmp slt i64 %".70", %".6"
  br i1 %".71", label %"part.body", label %"part.end"
part.end:
  ret void
}

declare <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".1", <4 x float> %".2", <4 x float> %".3")

define internal void @"k6.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".30", %"part.body"]
  %".10" = mul i64 %"part", 4
  %".11" = getelementptr float, ptr %".3", i64 %".10"
  %".12" = load <4 x float>, ptr %".11", align 4
  %".13" = mul i64 %"part", 8
  %".14" = getelementptr float, ptr %".2", i64 %".13"
  %".15" = load <4 x float>, ptr %".14", align 4
  %".16" = fdiv <4 x float> splat (float 0xbff0000000000000), %".12"
  %".17" = fmul <4 x float> %".15", %".16"
  %".18" = fadd <4 x float> <float              0x0, float              0x0, float              0x0, float              0x0>, %".17"
  %".19" = mul i64 %"part", 8
  %".20" = add i64 %".19", 4
  %".21" = getelementptr float, ptr %".2", i64 %".20"
  %".22" = load <4 x float>, ptr %".21", align 4
  %".23" = fdiv <4 x float> splat (float 0xbff0000000000000), %".12"
  %".24" = fmul <4 x float> %".22", %".23"
  %".25" = fadd <4 x float> <float              0x0, float              0x0, float              0x0, float              0x0>, %".24"
  %".26" = fadd <4 x float> %".18", %".25"
  %".27" = mul i64 %"part", 4
  %".28" = getelementptr float, ptr %".4", i64 %".27"
  store <4 x float> %".26", ptr %".28", align 4
  %".30" = add i64 %"part", 1
  %".31" = icmp slt i64 %".30", %".6"
  br i1 %".31", label %"part.body", label %"part.end"
part.end:
  ret void
}

define internal void @"k7.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", ptr noalias %".6", i64 %".7", i64 %".8") noinline nounwind
{
entry:
  %".10" = icmp slt i64 %".7", %".8"
  br i1 %".10", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".7", %"entry"], [%".65", %"o.end"]
  %".12" = udiv i64 %"part", 2
  %".13" = urem i64 %"part", 2
  %".14" = add i64 %".13", 1
  %".15" = icmp slt i64 %".13", %".14"
  br i1 %".15", label %"o.body", label %"o.end"
part.end:
  ret void
o.body:
  %"o" = phi  i64 [%".13", %"part.body"], [%".62", %"o.body"]
  %".17" = mul i64 %".12", 8
  %".18" = mul i64 %"o", 4
  %".19" = add i64 %".17", %".18"
  %".20" = getelementptr float, ptr %".2", i64 %".19"
  %".21" = load <4 x float>, ptr %".20", align 4
  %".22" = mul i64 %".12", 4
  %".23" = getelementptr float, ptr %".3", i64 %".22"
  %".24" = load <4 x float>, ptr %".23", align 4
  %".25" = mul i64 %".12", 8
  %".26" = mul i64 %"o", 4
  %".27" = add i64 %".25", %".26"
  %".28" = getelementptr float, ptr %".4", i64 %".27"
  %".29" = load <4 x float>, ptr %".28", align 4
  %".30" = mul i64 %".12", 4
  %".31" = getelementptr float, ptr %".5", i64 %".30"
  %".32" = load <4 x float>, ptr %".31", align 4
  %".33" = fsub <4 x float> %".29", %".32"
  %".34" = fcmp olt <4 x float> %".33", splat (float 0xc055d589e0000000)
  %".35" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".33", <4 x float> splat (float 0x3ff7154760000000), <4 x float> splat (float 0x4168000000000000))
  %".36" = fsub <4 x float> %".35", splat (float 0x4168000000000000)
  %".37" = bitcast <4 x float> %".35" to <4 x i32>
  %".38" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".36", <4 x float> splat (float 0xbfe62e4000000000), <4 x float> %".33")
  %".39" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".36", <4 x float> splat (float 0xbeb7f7d1c0000000), <4 x float> %".38")
  %".40" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> splat (float 0x3f56a52320000000), <4 x float> %".39", <4 x float> splat (float 0x3f812396c0000000))
  %".41" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".40", <4 x float> %".39", <4 x float> splat (float 0x3fa5558aa0000000))
  %".42" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".41", <4 x float> %".39", <4 x float> splat (float 0x3fc5554920000000))
  %".43" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".42", <4 x float> %".39", <4 x float> splat (float 0x3fdfffffc0000000))
  %".44" = fmul <4 x float> %".39", %".39"
  %".45" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".44", <4 x float> %".43", <4 x float> %".39")
  %".46" = fadd <4 x float> %".45", splat (float 0x3ff0000000000000)
  %".47" = bitcast <4 x float> %".46" to <4 x i32>
  %".48" = shl <4 x i32> %".37", splat (i32 23)
  %".49" = add <4 x i32> %".47", %".48"
  %".50" = bitcast <4 x i32> %".49" to <4 x float>
  %".51" = select  <4 x i1> %".34", <4 x float> splat (float              0x0), <4 x float> %".50"
  %".52" = fcmp ole <4 x float> %".33", splat (float 0x40562e42e0000000)
  %".53" = fadd <4 x float> %".33", splat (float 0x7ff0000000000000)
  %".54" = select  <4 x i1> %".52", <4 x float> %".51", <4 x float> %".53"
  %".55" = fmul <4 x float> %".24", %".54"
  %".56" = fadd <4 x float> %".21", %".55"
  %".57" = mul i64 %".12", 8
  %".58" = mul i64 %"o", 4
  %".59" = add i64 %".57", %".58"
  %".60" = getelementptr float, ptr %".6", i64 %".59"
  store <4 x float> %".56", ptr %".60", align 4
  %".62" = add i64 %"o", 1
  %".63" = icmp slt i64 %".62", %".14"
  br i1 %".63", label %"o.body", label %"o.end"
o.end:
  %".65" = add i64 %"part", 1
  %".66" = icmp slt i64 %".65", %".8"
  br i1 %".66", label %"part.body", label %"part.end"
}

define internal void @"k8.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", ptr noalias %".6", ptr noalias %".7", i64 %".8", i64 %".9") noinline nounwind
{
entry:
  %".11" = icmp slt i64 %".8", %".9"
  br i1 %".11", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".8", %"entry"], [%".46", %"o.end"]
  %".13" = add i64 %"part", 1
  %".14" = icmp slt i64 %"part", %".13"
  br i1 %".14", label %"o.body", label %"o.end"
part.end:
  ret void
o.body:
  %"o" = phi  i64 [%"part", %"part.body"], [%".43", %"o.body"]
  %".16" = mul i64 %"o", 4
  %".17" = getelementptr float, ptr %".2", i64 %".16"
  %".18" = load <4 x float>, ptr %".17", align 4
  %".19" = fadd <4 x float> <float              0x0, float              0x0, float              0x0, float              0x0>, %".18"
  %".20" = shufflevector <4 x float> %".19", <4 x float> <float undef, float undef, float undef, float undef>, <2 x i32> <i32 0, i32 1>
  %".21" = shufflevector <4 x float> %".19", <4 x float> <float undef, float undef, float undef, float undef>, <2 x i32> <i32 2, i32 3>
  %".22" = fadd <2 x float> %".20", %".21"
  %".23" = shufflevector <2 x float> %".22", <2 x float> <float undef, float undef>, <1 x i32> <i32 0>
  %".24" = shufflevector <2 x float> %".22", <2 x float> <float undef, float undef>, <1 x i32> <i32 1>
  %".25" = fadd <1 x float> %".23", %".24"
  %".26" = extractelement <1 x float> %".25", i32 0
  %".27" = fmul float %".26", %".26"
  %".28" = getelementptr float, ptr %".5", i64 %"o"
  store float %".27", ptr %".28", align 4
  %".30" = getelementptr float, ptr %".3", i64 %"o"
  %".31" = load float, ptr %".30", align 4
  %".32" = load float, ptr %".4", align 4
  %".33" = fmul float %".32", %".26"
  %".34" = fsub float %".31", %".33"
  %".35" = getelementptr float, ptr %".6", i64 %"o"
  store float %".34", ptr %".35", align 4
  %".37" = fmul float %".32", %".26"
  %".38" = fsub float %".31", %".37"
  %".39" = fsub float %".38", %".31"
  %".40" = fmul float %".39", %".39"
  %".41" = getelementptr float, ptr %".7", i64 %"o"
  store float %".40", ptr %".41", align 4
  %".43" = add i64 %"o", 1
  %".44" = icmp slt i64 %".43", %".13"
  br i1 %".44", label %"o.body", label %"o.end"
o.end:
  %".46" = add i64 %"part", 1
  %".47" = icmp slt i64 %".46", %".9"
  br i1 %".47", label %"part.body", label %"part.end"
}

define internal void @"k9.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".19", %"r.end"]
  br label %"r.body"
part.end:
  ret void
r.body:
  %".10" = phi  i64 [0, %"part.body"], [%".15", %"r.body"]
  %".11" = phi  float [             0x0, %"part.body"], [%".14", %"r.body"]
  %".12" = getelementptr float, ptr %".2", i64 %".10"
  %".13" = load float, ptr %".12", align 4
  %".14" = fadd float %".11", %".13"
  %".15" = add i64 %".10", 1
  %".16" = icmp slt i64 %".15", 2
  br i1 %".16", label %"r.body", label %"r.end"
r.end:
  store float %".14", ptr %".3", align 4
  %".19" = add i64 %"part", 1
  %".20" = icmp slt i64 %".19", %".5"
  br i1 %".20", label %"part.body", label %"part.end"
}

define internal void @"k10.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", i64 %".6", i64 %".7") noinline nounwind
{
entry:
  %".9" = icmp slt i64 %".6", %".7"
  br i1 %".9", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".6", %"entry"], [%".69", %"o.end"]
  %".11" = udiv i64 %"part", 2
  %".12" = urem i64 %"part", 2
  %".13" = add i64 %".12", 1
  %".14" = icmp slt i64 %".12", %".13"
  br i1 %".14", label %"o.body", label %"o.end"
part.end:
  ret void
o.body:
  %"o" = phi  i64 [%".12", %"part.body"], [%".66", %"o.body"]
  %".16" = mul i64 %".11", 8
  %".17" = mul i64 %"o", 4
  %".18" = add i64 %".16", %".17"
  %".19" = getelementptr float, ptr %".3", i64 %".18"
  %".20" = load <4 x float>, ptr %".19", align 4
  %".21" = mul i64 %".11", 4
  %".22" = getelementptr float, ptr %".4", i64 %".21"
  %".23" = load <4 x float>, ptr %".22", align 4
  %".24" = mul i64 %".11", 4
  %".25" = getelementptr float, ptr %".2", i64 %".24"
  %".26" = load <4 x float>, ptr %".25", align 4
  %".27" = fsub <4 x float> %".20", %".23"
  %".28" = bitcast <4 x float> %".26" to <4 x i32>
  %".29" = add <4 x i32> %".28", splat (i32 4913933)
  %".30" = lshr <4 x i32> %".29", splat (i32 23)
  %".31" = or <4 x i32> %".30", splat (i32 1258291200)
  %".32" = bitcast <4 x i32> %".31" to <4 x float>
  %".33" = fsub <4 x float> %".32", splat (float 0x4160000fe0000000)
  %".34" = and <4 x i32> %".29", splat (i32 8388607)
  %".35" = add <4 x i32> %".34", splat (i32 1060439283)
  %".36" = bitcast <4 x i32> %".35" to <4 x float>
  %".37" = fsub <4 x float> %".36", splat (float 0x3ff0000000000000)
  %".38" = fcmp olt <4 x float> %".26", splat (float 0x3810000000000000)
  %".39" = fcmp olt <4 x float> %".26", splat (float              0x0)
  %".40" = select  <4 x i1> %".39", <4 x float> splat (float 0x7ff8000000000000), <4 x float> splat (float 0xfff0000000000000)
  %".41" = fmul <4 x float> %".37", %".37"
  %".42" = fmul <4 x float> %".41", splat (float 0x3fe0000000000000)
  %".43" = fmul <4 x float> %".41", %".37"
  %".44" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> splat (float 0x3fb1472440000000), <4 x float> %".37", <4 x float> splat (float 0xbfbde01000000000))
  %".45" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".44", <4 x float> %".37", <4 x float> splat (float 0x3fbe6bfee0000000))
  %".46" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".45", <4 x float> %".37", <4 x float> splat (float 0xbfbfc28dc0000000))
  %".47" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".46", <4 x float> %".37", <4 x float> splat (float 0x3fc233ba40000000))
  %".48" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".47", <4 x float> %".37", <4 x float> splat (float 0xbfc555c440000000))
  %".49" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".48", <4 x float> %".37", <4 x float> splat (float 0x3fc99a4760000000))
  %".50" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".49", <4 x float> %".37", <4 x float> splat (float 0xbfd0000060000000))
  %".51" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".50", <4 x float> %".37", <4 x float> splat (float 0x3fd5555480000000))
  %".52" = fmul <4 x float> %".33", splat (float 0x3eb7f7d1c0000000)
  %".53" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".43", <4 x float> %".51", <4 x float> %".52")
  %".54" = fsub <4 x float> %".42", %".53"
  %".55" = fsub <4 x float> %".37", %".54"
  %".56" = call <4 x float> @"llvm.fmuladd.v4f32"(<4 x float> %".33", <4 x float> splat (float 0x3fe62e4000000000), <4 x float> %".55")
  %".57" = select  <4 x i1> %".38", <4 x float> %".40", <4 x float> %".56"
  %".58" = fcmp olt <4 x float> %".26", splat (float 0x7ff0000000000000)
  %".59" = select  <4 x i1> %".58", <4 x float> %".57", <4 x float> %".26"
  %".60" = fsub <4 x float> %".27", %".59"
  %".61" = mul i64 %".11", 8
  %".62" = mul i64 %"o", 4
  %".63" = add i64 %".61", %".62"
  %".64" = getelementptr float, ptr %".5", i64 %".63"
  store <4 x float> %".60", ptr %".64", align 4
  %".66" = add i64 %"o", 1
  %".67" = icmp slt i64 %".66", %".13"
  br i1 %".67", label %"o.body", label %"o.end"
o.end:
  %".69" = add i64 %"part", 1
  %".70" = icmp slt i64 %".69", %".7"
  br i1 %".70", label %"part.body", label %"part.end"
}

define internal void @"k11.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".80", %"part.body"]
  %".10" = load i64, ptr %".3", align 8
  %".11" = icmp ult i64 %".10", 2
  %".12" = udiv i64 0, 4
  %".13" = urem i64 0, 4
  %".14" = mul i64 %".12", 8
  %".15" = add i64 %".14", %".13"
  %".16" = mul i64 %".10", 4
  %".17" = add i64 %".15", %".16"
  %".18" = select  i1 %".11", i64 %".17", i64 0
  %".19" = getelementptr float, ptr %".2", i64 %".18"
  %".20" = load float, ptr %".19", align 4
  %".21" = select  i1 %".11", float %".20", float              0x0
  %".22" = insertelement <4 x float> <float undef, float undef, float undef, float undef>, float %".21", i32 0
  %".23" = insertelement <4 x i1> <i1 undef, i1 undef, i1 undef, i1 undef>, i1 %".11", i32 0
  %".24" = getelementptr i64, ptr %".3", i64 1
  %".25" = load i64, ptr %".24", align 8
  %".26" = icmp ult i64 %".25", 2
  %".27" = udiv i64 1, 4
  %".28" = urem i64 1, 4
  %".29" = mul i64 %".27", 8
  %".30" = add i64 %".29", %".28"
  %".31" = mul i64 %".25", 4
  %".32" = add i64 %".30", %".31"
  %".33" = select  i1 %".26", i64 %".32", i64 0
  %".34" = getelementptr float, ptr %".2", i64 %".33"
  %".35" = load float, ptr %".34", align 4
  %".36" = select  i1 %".26", float %".35", float              0x0
  %".37" = insertelement <4 x float> %".22", float %".36", i32 1
  %".38" = insertelement <4 x i1> %".23", i1 %".26", i32 1
  %".39" = getelementptr i64, ptr %".3", i64 2
  %".40" = load i64, ptr %".39", align 8
  %".41" = icmp ult i64 %".40", 2
  %".42" = udiv i64 2, 4
  %".43" = urem i64 2, 4
  %".44" = mul i64 %".42", 8
  %".45" = add i64 %".44", %".43"
  %".46" = mul i64 %".40", 4
  %".47" = add i64 %".45", %".46"
  %".48" = select  i1 %".41", i64 %".47", i64 0
  %".49" = getelementptr float, ptr %".2", i64 %".48"
  %".50" = load float, ptr %".49", align 4
  %".51" = select  i1 %".41", float %".50", float              0x0
  %".52" = insertelement <4 x float> %".37", float %".51", i32 2
  %".53" = insertelement <4 x i1> %".38", i1 %".41", i32 2
  %".54" = getelementptr i64, ptr %".3", i64 3
  %".55" = load i64, ptr %".54", align 8
  %".56" = icmp ult i64 %".55", 2
  %".57" = udiv i64 3, 4
  %".58" = urem i64 3, 4
  %".59" = mul i64 %".57", 8
  %".60" = add i64 %".59", %".58"
  %".61" = mul i64 %".55", 4
  %".62" = add i64 %".60", %".61"
  %".63" = select  i1 %".56", i64 %".62", i64 0
  %".64" = getelementptr float, ptr %".2", i64 %".63"
  %".65" = load float, ptr %".64", align 4
  %".66" = select  i1 %".56", float %".65", float              0x0
  %".67" = insertelement <4 x float> %".52", float %".66", i32 3
  %".68" = insertelement <4 x i1> %".53", i1 %".56", i32 3
  %".69" = fadd <4 x float> <float              0x0, float              0x0, float              0x0, float              0x0>, %".67"
  %".70" = shufflevector <4 x float> %".69", <4 x float> <float undef, float undef, float undef, float undef>, <2 x i32> <i32 0, i32 1>
  %".71" = shufflevector <4 x float> %".69", <4 x float> <float undef, float undef, float undef, float undef>, <2 x i32> <i32 2, i32 3>
  %".72" = fadd <2 x float> %".70", %".71"
  %".73" = shufflevector <2 x float> %".72", <2 x float> <float undef, float undef>, <1 x i32> <i32 0>
  %".74" = shufflevector <2 x float> %".72", <2 x float> <float undef, float undef>, <1 x i32> <i32 1>
  %".75" = fadd <1 x float> %".73", %".74"
  %".76" = extractelement <1 x float> %".75", i32 0
  %".77" = fadd float %".76",              0x0
  %".78" = fmul float %".77", 0xbfd0000000000000
  store float %".78", ptr %".4", align 4
  %".80" = add i64 %"part", 1
  %".81" = icmp slt i64 %".80", %".6"
  br i1 %".81", label %"part.body", label %"part.end"
part.end:
  ret void
}

define internal void @"k12.contraction"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", ptr noalias %".6", ptr noalias %".7", ptr noalias %".8", i64 %".9", i64 %".10") noinline nounwind
{
entry:
  %".12" = icmp slt i64 %".9", %".10"
  br i1 %".12", label %"tile.body", label %"tile.end"
tile.body:
  %"tile" = phi  i64 [%".9", %"entry"], [%".120", %"tile.body"]
  %".14" = mul i64 %"tile", 2
  %".15" = icmp slt i64 %".14", 1
  %".16" = select  i1 %".15", i64 %".14", i64 1
  %".17" = getelementptr float, ptr %".3", i64 %".16"
  %".18" = call ptr asm  "", "=r,0"(ptr %".2")
  %".19" = call ptr asm  "", "=r,0"(ptr %".17")
  %".20" = load <2 x float>, ptr %".19", align 4
  %".21" = load float, ptr %".18", align 4
  %".22" = insertelement <2 x float> <float undef, float undef>, float %".21", i32 0
  %".23" = shufflevector <2 x float> %".22", <2 x float> <float undef, float undef>, <2 x i32> <i32 0, i32 0>
  %".24" = fmul <2 x float> %".23", %".20"
  %".25" = fadd <2 x float> <float              0x0, float              0x0>, %".24"
  %".26" = getelementptr float, ptr %".18", i64 4
  %".27" = load float, ptr %".26", align 4
  %".28" = insertelement <2 x float> <float undef, float undef>, float %".27", i32 0
  %".29" = shufflevector <2 x float> %".28", <2 x float> <float undef, float undef>, <2 x i32> <i32 0, i32 0>
  %".30" = fmul <2 x float> %".29", %".20"
  %".31" = fadd <2 x float> <float              0x0, float              0x0>, %".30"
  %".32" = call ptr asm  "", "=r,0"(ptr %".2")
  %".33" = call ptr asm  "", "=r,0"(ptr %".17")
  %".34" = getelementptr float, ptr %".33", i64 3
  %".35" = load <2 x float>, ptr %".34", align 4
  %".36" = getelementptr float, ptr %".32", i64 1
  %".37" = load float, ptr %".36", align 4
  %".38" = insertelement <2 x float> <float undef, float undef>, float %".37", i32 0
  %".39" = shufflevector <2 x float> %".38", <2 x float> <float undef, float undef>, <2 x i32> <i32 0, i32 0>
  %".40" = fmul <2 x float> %".39", %".35"
  %".41" = fadd <2 x float> %".25", %".40"
  %".42" = getelementptr float, ptr %".32", i64 5
  %".43" = load float, ptr %".42", align 4
  %".44" = insertelement <2 x float> <float undef, float undef>, float %".43", i32 0
  %".45" = shufflevector <2 x float> %".44", <2 x float> <float undef, float undef>, <2 x i32> <i32 0, i32 0>
  %".46" = fmul <2 x float> %".45", %".35"
  %".47" = fadd <2 x float> %".31", %".46"
  %".48" = call ptr asm  "", "=r,0"(ptr %".2")
  %".49" = call ptr asm  "", "=r,0"(ptr %".17")
  %".50" = getelementptr float, ptr %".49", i64 6
  %".51" = load <2 x float>, ptr %".50", align 4
  %".52" = getelementptr float, ptr %".48", i64 2
  %".53" = load float, ptr %".52", align 4
  %".54" = insertelement <2 x float> <float undef, float undef>, float %".53", i32 0
  %".55" = shufflevector <2 x float> %".54", <2 x float> <float undef, float undef>, <2 x i32> <i32 0, i32 0>
  %".56" = fmul <2 x float> %".55", %".51"
  %".57" = fadd <2 x float> %".41", %".56"
  %".58" = getelementptr float, ptr %".48", i64 6
  %".59" = load float, ptr %".58", align 4
  %".60" = insertelement <2 x float> <float undef, float undef>, float %".59", i32 0
  %".61" = shufflevector <2 x float> %".60", <2 x float> <float undef, float undef>, <2 x i32> <i32 0, i32 0>
  %".62" = fmul <2 x float> %".61", %".51"
  %".63" = fadd <2 x float> %".47", %".62"
  %".64" = call ptr asm  "", "=r,0"(ptr %".2")
  %".65" = call ptr asm  "", "=r,0"(ptr %".17")
  %".66" = getelementptr float, ptr %".65", i64 9
  %".67" = load <2 x float>, ptr %".66", align 4
  %".68" = getelementptr float, ptr %".64", i64 3
  %".69" = load float, ptr %".68", align 4
  %".70" = insertelement <2 x float> <float undef, float undef>, float %".69", i32 0
  %".71" = shufflevector <2 x float> %".70", <2 x float> <float undef, float undef>, <2 x i32> <i32 0, i32 0>
  %".72" = fmul <2 x float> %".71", %".67"
  %".73" = fadd <2 x float> %".57", %".72"
  %".74" = getelementptr float, ptr %".64", i64 7
  %".75" = load float, ptr %".74", align 4
  %".76" = insertelement <2 x float> <float undef, float undef>, float %".75", i32 0
  %".77" = shufflevector <2 x float> %".76", <2 x float> <float undef, float undef>, <2 x i32> <i32 0, i32 0>
  %".78" = fmul <2 x float> %".77", %".67"
  %".79" = fadd <2 x float> %".63", %".78"
  %".80" = fmul <2 x float> %".73", %".73"
  %".81" = getelementptr float, ptr %".6", i64 %".16"
  store <2 x float> %".80", ptr %".81", align 4
  %".83" = getelementptr float, ptr %".4", i64 %".16"
  %".84" = load <2 x float>, ptr %".83", align 4
  %".85" = load float, ptr %".5", align 4
  %".86" = insertelement <2 x float> <float undef, float undef>, float %".85", i32 0
  %".87" = shufflevector <2 x float> %".86", <2 x float> <float undef, float undef>, <2 x i32> <i32 0, i32 0>
  %".88" = fmul <2 x float> %".87", %".73"
  %".89" = fsub <2 x float> %".84", %".88"
  %".90" = getelementptr float, ptr %".7", i64 %".16"
  store <2 x float> %".89", ptr %".90", align 4
  %".92" = fmul <2 x float> %".87", %".73"
  %".93" = fsub <2 x float> %".84", %".92"
  %".94" = fsub <2 x float> %".93", %".84"
  %".95" = fmul <2 x float> %".94", %".94"
  %".96" = getelementptr float, ptr %".8", i64 %".16"
  store <2 x float> %".95", ptr %".96", align 4
  %".98" = fmul <2 x float> %".79", %".79"
  %".99" = add i64 %".16", 3
  %".100" = getelementptr float, ptr %".6", i64 %".99"
  store <2 x float> %".98", ptr %".100", align 4
  %".102" = add i64 %".16", 3
  %".103" = getelementptr float, ptr %".4", i64 %".102"
  %".104" = load <2 x float>, ptr %".103", align 4
  %".105" = load float, ptr %".5", align 4
  %".106" = insertelement <2 x float> <float undef, float undef>, float %".105", i32 0
  %".107" = shufflevector <2 x float> %".106", <2 x float> <float undef, float undef>, <2 x i32> <i32 0, i32 0>
  %".108" = fmul <2 x float> %".107", %".79"
  %".109" = fsub <2 x float> %".104", %".108"
  %".110" = add i64 %".16", 3
  %".111" = getelementptr float, ptr %".7", i64 %".110"
  store <2 x float> %".109", ptr %".111", align 4
  %".113" = fmul <2 x float> %".107", %".79"
  %".114" = fsub <2 x float> %".104", %".113"
  %".115" = fsub <2 x float> %".114", %".104"
  %".116" = fmul <2 x float> %".115", %".115"
  %".117" = add i64 %".16", 3
  %".118" = getelementptr float, ptr %".8", i64 %".117"
  store <2 x float> %".116", ptr %".118", align 4
  %".120" = add i64 %"tile", 1
  %".121" = icmp slt i64 %".120", %".10"
  br i1 %".121", label %"tile.body", label %"tile.end"
tile.end:
  ret void
}

define internal void @"k13.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", i64 %".6", i64 %".7") noinline nounwind
{
entry:
  %".9" = icmp slt i64 %".6", %".7"
  br i1 %".9", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".6", %"entry"], [%".40", %"r.end"]
  %".11" = mul i64 0, 4
  %".12" = getelementptr float, ptr %".2", i64 %".11"
  %".13" = load <4 x float>, ptr %".12", align 4
  %".14" = fadd <4 x float> <float              0x0, float              0x0, float              0x0, float              0x0>, %".13"
  br label %"r.body"
part.end:
  ret void
r.body:
  %".16" = phi  i64 [0, %"part.body"], [%".22", %"r.body"]
  %".17" = phi  float [             0x0, %"part.body"], [%".21", %"r.body"]
  %".18" = add i64 %".16", 4
  %".19" = getelementptr float, ptr %".2", i64 %".18"
  %".20" = load float, ptr %".19", align 4
  %".21" = fadd float %".17", %".20"
  %".22" = add i64 %".16", 1
  %".23" = icmp slt i64 %".22", 2
  br i1 %".23", label %"r.body", label %"r.end"
r.end:
  %".25" = shufflevector <4 x float> %".14", <4 x float> <float undef, float undef, float undef, float undef>, <2 x i32> <i32 0, i32 1>
  %".26" = shufflevector <4 x float> %".14", <4 x float> <float undef, float undef, float undef, float undef>, <2 x i32> <i32 2, i32 3>
  %".27" = fadd <2 x float> %".25", %".26"
  %".28" = shufflevector <2 x float> %".27", <2 x float> <float undef, float undef>, <1 x i32> <i32 0>
  %".29" = shufflevector <2 x float> %".27", <2 x float> <float undef, float undef>, <1 x i32> <i32 1>
  %".30" = fadd <1 x float> %".28", %".29"
  %".31" = extractelement <1 x float> %".30", i32 0
  %".32" = fadd float %".31", %".21"
  %".33" = load float, ptr %".3", align 4
  %".34" = fadd float %".32", %".33"
  %".35" = call float @"llvm.sqrt.f32"(float %".34")
  store float %".35", ptr %".4", align 4
  %".37" = fadd float %".32", %".33"
  %".38" = call float @"llvm.sqrt.f32"(float %".37")
  store float %".38", ptr %".5", align 4
  %".40" = add i64 %"part", 1
  %".41" = icmp slt i64 %".40", %".7"
  br i1 %".41", label %"part.body", label %"part.end"
}

declare float @"llvm.sqrt.f32"(float %".1")

define internal void @"k14.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".24", %"part.body"]
  %".10" = load <4 x i64>, ptr %".2", align 8
  %".11" = load <4 x i64>, ptr %".3", align 8
  %".12" = icmp eq <4 x i64> %".10", %".11"
  %".13" = select  <4 x i1> %".12", <4 x float> splat (float 0x3ff0000000000000), <4 x float> splat (float              0x0)
  %".14" = fadd <4 x float> <float              0x0, float              0x0, float              0x0, float              0x0>, %".13"
  %".15" = shufflevector <4 x float> %".14", <4 x float> <float undef, float undef, float undef, float undef>, <2 x i32> <i32 0, i32 1>
  %".16" = shufflevector <4 x float> %".14", <4 x float> <float undef, float undef, float undef, float undef>, <2 x i32> <i32 2, i32 3>
  %".17" = fadd <2 x float> %".15", %".16"
  %".18" = shufflevector <2 x float> %".17", <2 x float> <float undef, float undef>, <1 x i32> <i32 0>
  %".19" = shufflevector <2 x float> %".17", <2 x float> <float undef, float undef>, <1 x i32> <i32 1>
  %".20" = fadd <1 x float> %".18", %".19"
  %".21" = extractelement <1 x float> %".20", i32 0
  %".22" = fadd float %".21",              0x0
  store float %".22", ptr %".4", align 4
  %".24" = add i64 %"part", 1
  %".25" = icmp slt i64 %".24", %".6"
  br i1 %".25", label %"part.body", label %"part.end"
part.end:
  ret void
}

