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
  %".7" = getelementptr ptr, ptr %".2", i64 1
  %".8" = load ptr, ptr %".7"
  %".9" = getelementptr ptr, ptr %".2", i64 2
  %".10" = load ptr, ptr %".9"
  %".11" = getelementptr i8, ptr %".1", i64 576
  %".12" = load ptr, ptr %".2"
  %".13" = getelementptr i8, ptr %".1", i64 640
  %".14" = getelementptr i8, ptr %".1", i64 704
  %".15" = getelementptr i8, ptr %".1", i64 640
  %".16" = getelementptr i8, ptr %".1", i64 768
  %".17" = getelementptr i8, ptr %".1", i64 768
  %".18" = getelementptr i8, ptr %".1", i64 320
  %".19" = getelementptr ptr, ptr %".2", i64 4
  %".20" = load ptr, ptr %".19"
  %".21" = getelementptr ptr, ptr %".2", i64 3
  %".22" = load ptr, ptr %".21"
  %".23" = add i64 %".4", 1
  %".24" = mul i64 %".4", 3
  %".25" = udiv i64 %".24", %".5"
  %".26" = mul i64 %".23", 3
  %".27" = udiv i64 %".26", %".5"
  call void @"k0.transpose"(ptr %".1", ptr %".8", ptr %".1", i64 %".25", i64 %".27")
  %".29" = urem i64 1, %".5"
  %".30" = icmp ne i64 %".29", 0
  br i1 %".30", label %"entry.if", label %"entry.endif"
entry.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif"
entry.endif:
  %".34" = add i64 %".4", 1
  %".35" = mul i64 %".4", 2
  %".36" = udiv i64 %".35", %".5"
  %".37" = mul i64 %".34", 2
  %".38" = udiv i64 %".37", %".5"
  call void @"k1.loops"(ptr %".1", ptr %".10", ptr %".11", i64 %".36", i64 %".38")
  %".40" = urem i64 1, %".5"
  %".41" = icmp ne i64 %".40", 0
  br i1 %".41", label %"entry.endif.if", label %"entry.endif.endif"
entry.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif"
entry.endif.endif:
  %".45" = add i64 %".4", 1
  %".46" = icmp sgt i64 %".4", 0
  %".47" = zext i1 %".46" to i64
  %".48" = icmp sgt i64 %".45", 0
  %".49" = zext i1 %".48" to i64
  call void @"k2.contraction"(ptr %".1", ptr %".12", ptr %".1", ptr %".13", ptr %".14", i64 %".47", i64 %".49")
  %".51" = urem i64 1, %".5"
  %".52" = icmp ne i64 %".51", 0
  br i1 %".52", label %"entry.endif.endif.if", label %"entry.endif.endif.endif"
entry.endif.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif.endif"
entry.endif.endif.endif:
  %".56" = add i64 %".4", 1
  %".57" = mul i64 %".4", 2
  %".58" = udiv i64 %".57", %".5"
  %".59" = mul i64 %".56", 2
  %".60" = udiv i64 %".59", %".5"
  call void @"k3.loops"(ptr %".1", ptr %".15", ptr %".11", ptr %".16", i64 %".58", i64 %".60")
  %".62" = urem i64 1, %".5"
  %".63" = icmp ne i64 %".62", 0
  br i1 %".63", label %"entry.endif.endif.endif.if", label %"entry.endif.endif.endif.endif"
entry.endif.endif.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif.endif.endif"
entry.endif.endif.endif.endif:
  %".67" = add i64 %".4", 1
  %".68" = mul i64 %".4", 2
  %".69" = udiv i64 %".68", %".5"
  %".70" = mul i64 %".67", 2
  %".71" = udiv i64 %".70", %".5"
  call void @"k4.unpool"(ptr %".1", ptr %".17", ptr %".13", ptr %".14", ptr %".18", i64 %".69", i64 %".71")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".74" = add i64 %".4", 1
  %".75" = icmp sgt i64 %".4", 0
  %".76" = zext i1 %".75" to i64
  %".77" = icmp sgt i64 %".74", 0
  %".78" = zext i1 %".77" to i64
  call void @"k5.contraction"(ptr %".1", ptr %".18", ptr %".1", ptr %".20", i64 %".76", i64 %".78")
  %".80" = add i64 %".4", 1
  %".81" = icmp sgt i64 %".4", 0
  %".82" = zext i1 %".81" to i64
  %".83" = icmp sgt i64 %".80", 0
  %".84" = zext i1 %".83" to i64
  call void @"k6.reduce"(ptr %".1", ptr %".15", ptr %".11", ptr %".22", i64 %".82", i64 %".84")
  ret void
}

define internal void @"k0.transpose"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".65", %"a3.end"]
  %".9" = udiv i64 %"part", 3
  %".10" = urem i64 %"part", 3
  %".11" = add i64 %".10", 1
  %".12" = mul i64 %".10", 3
  %".13" = udiv i64 %".12", 3
  %".14" = mul i64 %".11", 3
  %".15" = udiv i64 %".14", 3
  %".16" = icmp slt i64 %".13", %".15"
  br i1 %".16", label %"a3.body", label %"a3.end"
part.end:
  ret void
a3.body:
  %"a3" = phi  i64 [%".13", %"part.body"], [%".62", %"a3.body"]
  %".18" = mul i64 %"a3", 4
  %".19" = icmp slt i64 %".18", 5
  %".20" = select  i1 %".19", i64 %".18", i64 5
  %".21" = mul i64 %".9", 72
  %".22" = add i64 %".21", %".20"
  %".23" = mul i64 %".9", 72
  %".24" = mul i64 %".20", 8
  %".25" = add i64 %".23", %".24"
  %".26" = getelementptr float, ptr %".2", i64 %".22"
  %".27" = load <4 x float>, ptr %".26", align 4
  %".28" = getelementptr float, ptr %".26", i64 9
  %".29" = load <4 x float>, ptr %".28", align 4
  %".30" = getelementptr float, ptr %".26", i64 18
  %".31" = load <4 x float>, ptr %".30", align 4
  %".32" = getelementptr float, ptr %".26", i64 27
  %".33" = load <4 x float>, ptr %".32", align 4
  %".34" = getelementptr float, ptr %".26", i64 36
  %".35" = load <4 x float>, ptr %".34", align 4
  %".36" = getelementptr float, ptr %".26", i64 45
  %".37" = load <4 x float>, ptr %".36", align 4
  %".38" = getelementptr float, ptr %".26", i64 54
  %".39" = load <4 x float>, ptr %".38", align 4
  %".40" = getelementptr float, ptr %".26", i64 63
  %".41" = load <4 x float>, ptr %".40", align 4
  %".42" = getelementptr float, ptr %".3", i64 %".25"
  %".43" = shufflevector <4 x float> %".27", <4 x float> %".35", <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %".44" = shufflevector <4 x float> %".29", <4 x float> %".37", <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %".45" = shufflevector <4 x float> %".31", <4 x float> %".39", <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %".46" = shufflevector <4 x float> %".33", <4 x float> %".41", <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>
  %".47" = shufflevector <8 x float> %".43", <8 x float> %".44", <8 x i32> <i32 0, i32 8, i32 1, i32 9, i32 4, i32 12, i32 5, i32 13>
  %".48" = shufflevector <8 x float> %".43", <8 x float> %".44", <8 x i32> <i32 2, i32 10, i32 3, i32 11, i32 6, i32 14, i32 7, i32 15>
  %".49" = shufflevector <8 x float> %".45", <8 x float> %".46", <8 x i32> <i32 0, i32 8, i32 1, i32 9, i32 4, i32 12, i32 5, i32 13>
  %".50" = shufflevector <8 x float> %".45", <8 x float> %".46", <8 x i32> <i32 2, i32 10, i32 3, i32 11, i32 6, i32 14, i32 7, i32 15>
  %".51" = shufflevector <8 x float> %".47", <8 x float> %".49", <8 x i32> <i32 0, i32 1, i32 8, i32 9, i32 4, i32 5, i32 12, i32 13>
  %".52" = shufflevector <8 x float> %".47", <8 x float> %".49", <8 x i32> <i32 2, i32 3, i32 10, i32 11, i32 6, i32 7, i32 14, i32 15>
  %".53" = shufflevector <8 x float> %".48", <8 x float> %".50", <8 x i32> <i32 0, i32 1, i32 8, i32 9, i32 4, i32 5, i32 12, i32 13>
  %".54" = shufflevector <8 x float> %".48", <8 x float> %".50", <8 x i32> <i32 2, i32 3, i32 10, i32 11, i32 6, i32 7, i32 14, i32 15>
  store <8 x float> %".51", ptr %".42", align 4
  %".56" = getelementptr float, ptr %".42", i64 8
  store <8 x float> %".52", ptr %".56", align 4
  %".58" = getelementptr float, ptr %".42", i64 16
  store <8 x float> %".53", ptr %".58", align 4
  %".60" = getelementptr float, ptr %".42", i64 24
  store <8 x float> %".54", ptr %".60", align 4
  %".62" = add i64 %"a3", 1
  %".63" = icmp slt i64 %".62", %".15"
  br i1 %".63", label %"a3.body", label %"a3.end"
a3.end:
  %".65" = add i64 %"part", 1
  %".66" = icmp slt i64 %".65", %".5"
  br i1 %".66", label %"part.body", label %"part.end"
}

define internal void @"k1.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".77", %"a1.end"]
  %".9" = udiv i64 %"part", 2
  %".10" = urem i64 %"part", 2
  %".11" = add i64 %".10", 1
  %".12" = icmp slt i64 %".10", %".11"
  br i1 %".12", label %"a1.body", label %"a1.end"
part.end:
  ret void
a1.body:
  %"a1" = phi  i64 [%".10", %"part.body"], [%".74", %"a1.body"]
  %".14" = mul i64 %".9", 16
  %".15" = add i64 %".14", %"a1"
  %".16" = getelementptr float, ptr %".2", i64 %".15"
  %".17" = load float, ptr %".16", align 4
  %".18" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".17", i32 0
  %".19" = insertelement <8 x i1> <i1 undef, i1 undef, i1 undef, i1 undef, i1 undef, i1 undef, i1 undef, i1 undef>, i1 1, i32 0
  %".20" = mul i64 %".9", 16
  %".21" = add i64 %".20", %"a1"
  %".22" = add i64 %".21", 2
  %".23" = getelementptr float, ptr %".2", i64 %".22"
  %".24" = load float, ptr %".23", align 4
  %".25" = insertelement <8 x float> %".18", float %".24", i32 1
  %".26" = insertelement <8 x i1> %".19", i1 1, i32 1
  %".27" = mul i64 %".9", 16
  %".28" = add i64 %".27", %"a1"
  %".29" = add i64 %".28", 4
  %".30" = getelementptr float, ptr %".2", i64 %".29"
  %".31" = load float, ptr %".30", align 4
  %".32" = insertelement <8 x float> %".25", float %".31", i32 2
  %".33" = insertelement <8 x i1> %".26", i1 1, i32 2
  %".34" = mul i64 %".9", 16
  %".35" = add i64 %".34", %"a1"
  %".36" = add i64 %".35", 6
  %".37" = getelementptr float, ptr %".2", i64 %".36"
  %".38" = load float, ptr %".37", align 4
  %".39" = insertelement <8 x float> %".32", float %".38", i32 3
  %".40" = insertelement <8 x i1> %".33", i1 1, i32 3
  %".41" = mul i64 %".9", 16
  %".42" = add i64 %".41", %"a1"
  %".43" = add i64 %".42", 8
  %".44" = getelementptr float, ptr %".2", i64 %".43"
  %".45" = load float, ptr %".44", align 4
  %".46" = insertelement <8 x float> %".39", float %".45", i32 4
  %".47" = insertelement <8 x i1> %".40", i1 1, i32 4
  %".48" = mul i64 %".9", 16
  %".49" = add i64 %".48", %"a1"
  %".50" = add i64 %".49", 10
  %".51" = getelementptr float, ptr %".2", i64 %".50"
  %".52" = load float, ptr %".51", align 4
  %".53" = insertelement <8 x float> %".46", float %".52", i32 5
  %".54" = insertelement <8 x i1> %".47", i1 1, i32 5
  %".55" = mul i64 %".9", 16
  %".56" = add i64 %".55", %"a1"
  %".57" = add i64 %".56", 12
  %".58" = getelementptr float, ptr %".2", i64 %".57"
  %".59" = load float, ptr %".58", align 4
  %".60" = insertelement <8 x float> %".53", float %".59", i32 6
  %".61" = insertelement <8 x i1> %".54", i1 1, i32 6
  %".62" = mul i64 %".9", 16
  %".63" = add i64 %".62", %"a1"
  %".64" = add i64 %".63", 14
  %".65" = getelementptr float, ptr %".2", i64 %".64"
  %".66" = load float, ptr %".65", align 4
  %".67" = insertelement <8 x float> %".60", float %".66", i32 7
  %".68" = insertelement <8 x i1> %".61", i1 1, i32 7
  %".69" = mul i64 %".9", 16
  %".70" = mul i64 %"a1", 8
  %".71" = add i64 %".69", %".70"
  %".72" = getelementptr float, ptr %".3", i64 %".71"
  store <8 x float> %".67", ptr %".72", align 4
  %".74" = add i64 %"a1", 1
  %".75" = icmp slt i64 %".74", %".11"
  br i1 %".75", label %"a1.body", label %"a1.end"
a1.end:
  %".77" = add i64 %"part", 1
  %".78" = icmp slt i64 %".77", %".5"
  br i1 %".78", label %"part.body", label %"part.end"
}

define internal void @"k2.contraction"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", i64 %".6", i64 %".7") noinline nounwind
{
entry:
  %".9" = icmp slt i64 %".6", %".7"
  br i1 %".9", label %"tile.body", label %"tile.end"
tile.body:
  %"tile" = phi  i64 [%".6", %"entry"], [%".226", %"tile.body"]
  %".11" = urem i64 %"tile", 1
  %".12" = udiv i64 %"tile", 1
  %".13" = urem i64 %".12", 1
  %".14" = udiv i64 %".12", 1
  %".15" = mul i64 %".14", 72
  %".16" = mul i64 %".13", 48
  %".17" = add i64 %".15", %".16"
  %".18" = mul i64 %".11", 16
  %".19" = add i64 %".17", %".18"
  %".20" = getelementptr float, ptr %".3", i64 %".19"
  %".21" = call ptr asm  "", "=r,0"(ptr %".2")
  %".22" = call ptr asm  "", "=r,0"(ptr %".20")
  %".23" = load float, ptr %".21", align 4
  %".24" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".23", i32 0
  %".25" = shufflevector <8 x float> %".24", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".26" = getelementptr float, ptr %".21", i64 4
  %".27" = load float, ptr %".26", align 4
  %".28" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".27", i32 0
  %".29" = shufflevector <8 x float> %".28", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".30" = load <8 x float>, ptr %".22", align 4
  %".31" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".30", <8 x float> %".25", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".32" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".30", <8 x float> %".29", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".33" = getelementptr float, ptr %".22", i64 8
  %".34" = load <8 x float>, ptr %".33", align 4
  %".35" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".34", <8 x float> %".25", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".36" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".34", <8 x float> %".29", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".37" = getelementptr float, ptr %".22", i64 24
  %".38" = load <8 x float>, ptr %".37", align 4
  %".39" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".38", <8 x float> %".25", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".40" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".38", <8 x float> %".29", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".41" = getelementptr float, ptr %".22", i64 32
  %".42" = load <8 x float>, ptr %".41", align 4
  %".43" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".42", <8 x float> %".25", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".44" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".42", <8 x float> %".29", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".45" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".2", <8 x float> %".31", <8 x float> %".35", <8 x float> %".39", <8 x float> %".43", <8 x float> %".32", <8 x float> %".36", <8 x float> %".40", <8 x float> %".44")
  %".46" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".20", <8 x float> %".31", <8 x float> %".35", <8 x float> %".39", <8 x float> %".43", <8 x float> %".32", <8 x float> %".36", <8 x float> %".40", <8 x float> %".44")
  %".47" = getelementptr float, ptr %".45", i64 1
  %".48" = load float, ptr %".47", align 4
  %".49" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".48", i32 0
  %".50" = shufflevector <8 x float> %".49", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".51" = getelementptr float, ptr %".45", i64 5
  %".52" = load float, ptr %".51", align 4
  %".53" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".52", i32 0
  %".54" = shufflevector <8 x float> %".53", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".55" = getelementptr float, ptr %".46", i64 8
  %".56" = load <8 x float>, ptr %".55", align 4
  %".57" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".56", <8 x float> %".50", <8 x float> %".31")
  %".58" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".56", <8 x float> %".54", <8 x float> %".32")
  %".59" = getelementptr float, ptr %".46", i64 16
  %".60" = load <8 x float>, ptr %".59", align 4
  %".61" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".60", <8 x float> %".50", <8 x float> %".35")
  %".62" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".60", <8 x float> %".54", <8 x float> %".36")
  %".63" = getelementptr float, ptr %".46", i64 32
  %".64" = load <8 x float>, ptr %".63", align 4
  %".65" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".64", <8 x float> %".50", <8 x float> %".39")
  %".66" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".64", <8 x float> %".54", <8 x float> %".40")
  %".67" = getelementptr float, ptr %".46", i64 40
  %".68" = load <8 x float>, ptr %".67", align 4
  %".69" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".68", <8 x float> %".50", <8 x float> %".43")
  %".70" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".68", <8 x float> %".54", <8 x float> %".44")
  %".71" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".2", <8 x float> %".57", <8 x float> %".61", <8 x float> %".65", <8 x float> %".69", <8 x float> %".58", <8 x float> %".62", <8 x float> %".66", <8 x float> %".70")
  %".72" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".20", <8 x float> %".57", <8 x float> %".61", <8 x float> %".65", <8 x float> %".69", <8 x float> %".58", <8 x float> %".62", <8 x float> %".66", <8 x float> %".70")
  %".73" = getelementptr float, ptr %".71", i64 2
  %".74" = load float, ptr %".73", align 4
  %".75" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".74", i32 0
  %".76" = shufflevector <8 x float> %".75", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".77" = getelementptr float, ptr %".71", i64 6
  %".78" = load float, ptr %".77", align 4
  %".79" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".78", i32 0
  %".80" = shufflevector <8 x float> %".79", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".81" = getelementptr float, ptr %".72", i64 24
  %".82" = load <8 x float>, ptr %".81", align 4
  %".83" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".82", <8 x float> %".76", <8 x float> %".57")
  %".84" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".82", <8 x float> %".80", <8 x float> %".58")
  %".85" = getelementptr float, ptr %".72", i64 32
  %".86" = load <8 x float>, ptr %".85", align 4
  %".87" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".86", <8 x float> %".76", <8 x float> %".61")
  %".88" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".86", <8 x float> %".80", <8 x float> %".62")
  %".89" = getelementptr float, ptr %".72", i64 48
  %".90" = load <8 x float>, ptr %".89", align 4
  %".91" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".90", <8 x float> %".76", <8 x float> %".65")
  %".92" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".90", <8 x float> %".80", <8 x float> %".66")
  %".93" = getelementptr float, ptr %".72", i64 56
  %".94" = load <8 x float>, ptr %".93", align 4
  %".95" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".94", <8 x float> %".76", <8 x float> %".69")
  %".96" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".94", <8 x float> %".80", <8 x float> %".70")
  %".97" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".2", <8 x float> %".83", <8 x float> %".87", <8 x float> %".91", <8 x float> %".95", <8 x float> %".84", <8 x float> %".88", <8 x float> %".92", <8 x float> %".96")
  %".98" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".20", <8 x float> %".83", <8 x float> %".87", <8 x float> %".91", <8 x float> %".95", <8 x float> %".84", <8 x float> %".88", <8 x float> %".92", <8 x float> %".96")
  %".99" = getelementptr float, ptr %".97", i64 3
  %".100" = load float, ptr %".99", align 4
  %".101" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".100", i32 0
  %".102" = shufflevector <8 x float> %".101", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".103" = getelementptr float, ptr %".97", i64 7
  %".104" = load float, ptr %".103", align 4
  %".105" = insertelement <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, float %".104", i32 0
  %".106" = shufflevector <8 x float> %".105", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <8 x i32> <i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0, i32 0>
  %".107" = getelementptr float, ptr %".98", i64 32
  %".108" = load <8 x float>, ptr %".107", align 4
  %".109" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".108", <8 x float> %".102", <8 x float> %".83")
  %".110" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".108", <8 x float> %".106", <8 x float> %".84")
  %".111" = getelementptr float, ptr %".98", i64 40
  %".112" = load <8 x float>, ptr %".111", align 4
  %".113" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".112", <8 x float> %".102", <8 x float> %".87")
  %".114" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".112", <8 x float> %".106", <8 x float> %".88")
  %".115" = getelementptr float, ptr %".98", i64 56
  %".116" = load <8 x float>, ptr %".115", align 4
  %".117" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".116", <8 x float> %".102", <8 x float> %".91")
  %".118" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".116", <8 x float> %".106", <8 x float> %".92")
  %".119" = getelementptr float, ptr %".98", i64 64
  %".120" = load <8 x float>, ptr %".119", align 4
  %".121" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".120", <8 x float> %".102", <8 x float> %".95")
  %".122" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".120", <8 x float> %".106", <8 x float> %".96")
  %".123" = call {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} asm  "", "=v,=v,=v,=v,=v,=v,=v,=v,0,1,2,3,4,5,6,7"(<8 x float> %".109", <8 x float> %".113", <8 x float> %".117", <8 x float> %".121", <8 x float> %".110", <8 x float> %".114", <8 x float> %".118", <8 x float> %".122")
  %".124" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".123", 0
  %".125" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".123", 1
  %".126" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".123", 2
  %".127" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".123", 3
  %".128" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".123", 4
  %".129" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".123", 5
  %".130" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".123", 6
  %".131" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".123", 7
  %".132" = fcmp ogt <8 x float> %".124", splat (float              0x0)
  %".133" = select  <8 x i1> %".132", <8 x float> %".124", <8 x float> splat (float              0x0)
  %".134" = fcmp uno <8 x float> %".124", %".124"
  %".135" = select  <8 x i1> %".134", <8 x float> %".124", <8 x float> %".133"
  %".136" = fcmp ogt <8 x float> %".125", splat (float              0x0)
  %".137" = select  <8 x i1> %".136", <8 x float> %".125", <8 x float> splat (float              0x0)
  %".138" = fcmp uno <8 x float> %".125", %".125"
  %".139" = select  <8 x i1> %".138", <8 x float> %".125", <8 x float> %".137"
  %".140" = fcmp ogt <8 x float> %".126", splat (float              0x0)
  %".141" = select  <8 x i1> %".140", <8 x float> %".126", <8 x float> splat (float              0x0)
  %".142" = fcmp uno <8 x float> %".126", %".126"
  %".143" = select  <8 x i1> %".142", <8 x float> %".126", <8 x float> %".141"
  %".144" = fcmp ogt <8 x float> %".127", splat (float              0x0)
  %".145" = select  <8 x i1> %".144", <8 x float> %".127", <8 x float> splat (float              0x0)
  %".146" = fcmp uno <8 x float> %".127", %".127"
  %".147" = select  <8 x i1> %".146", <8 x float> %".127", <8 x float> %".145"
  %".148" = fcmp ugt <8 x float> %".139", %".135"
  %".149" = fcmp ord <8 x float> %".135", %".135"
  %".150" = and <8 x i1> %".148", %".149"
  %".151" = select  <8 x i1> %".150", <8 x float> %".139", <8 x float> %".135"
  %".152" = select  <8 x i1> %".150", <8 x i32> splat (i32 1), <8 x i32> splat (i32 0)
  %".153" = fcmp ugt <8 x float> %".143", %".151"
  %".154" = fcmp ord <8 x float> %".151", %".151"
  %".155" = and <8 x i1> %".153", %".154"
  %".156" = select  <8 x i1> %".155", <8 x float> %".143", <8 x float> %".151"
  %".157" = select  <8 x i1> %".155", <8 x i32> splat (i32 2), <8 x i32> %".152"
  %".158" = fcmp ugt <8 x float> %".147", %".156"
  %".159" = fcmp ord <8 x float> %".156", %".156"
  %".160" = and <8 x i1> %".158", %".159"
  %".161" = select  <8 x i1> %".160", <8 x float> %".147", <8 x float> %".156"
  %".162" = select  <8 x i1> %".160", <8 x i32> splat (i32 3), <8 x i32> %".157"
  %".163" = mul i64 %".14", 16
  %".164" = mul i64 %".13", 8
  %".165" = add i64 %".163", %".164"
  %".166" = mul i64 %".11", 8
  %".167" = add i64 %".165", %".166"
  %".168" = getelementptr float, ptr %".4", i64 %".167"
  store <8 x float> %".161", ptr %".168", align 4
  %".170" = mul i64 %".14", 16
  %".171" = mul i64 %".13", 8
  %".172" = add i64 %".170", %".171"
  %".173" = mul i64 %".11", 8
  %".174" = add i64 %".172", %".173"
  %".175" = trunc <8 x i32> %".162" to <8 x i8>
  %".176" = getelementptr i8, ptr %".5", i64 %".174"
  store <8 x i8> %".175", ptr %".176", align 1
  %".178" = fcmp ogt <8 x float> %".128", splat (float              0x0)
  %".179" = select  <8 x i1> %".178", <8 x float> %".128", <8 x float> splat (float              0x0)
  %".180" = fcmp uno <8 x float> %".128", %".128"
  %".181" = select  <8 x i1> %".180", <8 x float> %".128", <8 x float> %".179"
  %".182" = fcmp ogt <8 x float> %".129", splat (float              0x0)
  %".183" = select  <8 x i1> %".182", <8 x float> %".129", <8 x float> splat (float              0x0)
  %".184" = fcmp uno <8 x float> %".129", %".129"
  %".185" = select  <8 x i1> %".184", <8 x float> %".129", <8 x float> %".183"
  %".186" = fcmp ogt <8 x float> %".130", splat (float              0x0)
  %".187" = select  <8 x i1> %".186", <8 x float> %".130", <8 x float> splat (float              0x0)
  %".188" = fcmp uno <8 x float> %".130", %".130"
  %".189" = select  <8 x i1> %".188", <8 x float> %".130", <8 x float> %".187"
  %".190" = fcmp ogt <8 x float> %".131", splat (float              0x0)
  %".191" = select  <8 x i1> %".190", <8 x float> %".131", <8 x float> splat (float              0x0)
  %".192" = fcmp uno <8 x float> %".131", %".131"
  %".193" = select  <8 x i1> %".192", <8 x float> %".131", <8 x float> %".191"
  %".194" = fcmp ugt <8 x float> %".185", %".181"
  %".195" = fcmp ord <8 x float> %".181", %".181"
  %".196" = and <8 x i1> %".194", %".195"
  %".197" = select  <8 x i1> %".196", <8 x float> %".185", <8 x float> %".181"
  %".198" = select  <8 x i1> %".196", <8 x i32> splat (i32 1), <8 x i32> splat (i32 0)
  %".199" = fcmp ugt <8 x float> %".189", %".197"
  %".200" = fcmp ord <8 x float> %".197", %".197"
  %".201" = and <8 x i1> %".199", %".200"
  %".202" = select  <8 x i1> %".201", <8 x float> %".189", <8 x float> %".197"
  %".203" = select  <8 x i1> %".201", <8 x i32> splat (i32 2), <8 x i32> %".198"
  %".204" = fcmp ugt <8 x float> %".193", %".202"
  %".205" = fcmp ord <8 x float> %".202", %".202"
  %".206" = and <8 x i1> %".204", %".205"
  %".207" = select  <8 x i1> %".206", <8 x float> %".193", <8 x float> %".202"
  %".208" = select  <8 x i1> %".206", <8 x i32> splat (i32 3), <8 x i32> %".203"
  %".209" = mul i64 %".14", 16
  %".210" = mul i64 %".13", 8
  %".211" = add i64 %".209", %".210"
  %".212" = mul i64 %".11", 8
  %".213" = add i64 %".211", %".212"
  %".214" = add i64 %".213", 8
  %".215" = getelementptr float, ptr %".4", i64 %".214"
  store <8 x float> %".207", ptr %".215", align 4
  %".217" = mul i64 %".14", 16
  %".218" = mul i64 %".13", 8
  %".219" = add i64 %".217", %".218"
  %".220" = mul i64 %".11", 8
  %".221" = add i64 %".219", %".220"
  %".222" = add i64 %".221", 8
  %".223" = trunc <8 x i32> %".208" to <8 x i8>
  %".224" = getelementptr i8, ptr %".5", i64 %".222"
  store <8 x i8> %".223", ptr %".224", align 1
  %".226" = add i64 %"tile", 1
  %".227" = icmp slt i64 %".226", %".7"
  br i1 %".227", label %"tile.body", label %"tile.end"
tile.end:
  ret void
}

declare <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".1", <8 x float> %".2", <8 x float> %".3")

define internal void @"k3.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".36", %"o.end"]
  %".10" = udiv i64 %"part", 2
  %".11" = urem i64 %"part", 2
  %".12" = add i64 %".11", 1
  %".13" = icmp slt i64 %".11", %".12"
  br i1 %".13", label %"o.body", label %"o.end"
part.end:
  ret void
o.body:
  %"o" = phi  i64 [%".11", %"part.body"], [%".33", %"o.body"]
  %".15" = mul i64 %".10", 16
  %".16" = mul i64 %"o", 8
  %".17" = add i64 %".15", %".16"
  %".18" = getelementptr float, ptr %".2", i64 %".17"
  %".19" = load <8 x float>, ptr %".18", align 4
  %".20" = mul i64 %".10", 16
  %".21" = mul i64 %"o", 8
  %".22" = add i64 %".20", %".21"
  %".23" = getelementptr float, ptr %".3", i64 %".22"
  %".24" = load <8 x float>, ptr %".23", align 4
  %".25" = fsub <8 x float> %".19", %".24"
  %".26" = fmul <8 x float> splat (float 0x4000000000000000), %".25"
  %".27" = fmul <8 x float> splat (float 0x3fb0000000000000), %".26"
  %".28" = mul i64 %".10", 16
  %".29" = mul i64 %"o", 8
  %".30" = add i64 %".28", %".29"
  %".31" = getelementptr float, ptr %".4", i64 %".30"
  store <8 x float> %".27", ptr %".31", align 4
  %".33" = add i64 %"o", 1
  %".34" = icmp slt i64 %".33", %".12"
  br i1 %".34", label %"o.body", label %"o.end"
o.end:
  %".36" = add i64 %"part", 1
  %".37" = icmp slt i64 %".36", %".6"
  br i1 %".37", label %"part.body", label %"part.end"
}

define internal void @"k4.unpool"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", i64 %".6", i64 %".7") noinline nounwind
{
entry:
  %".9" = icmp slt i64 %".6", %".7"
  br i1 %".9", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".6", %"entry"], [%".73", %"p.end"]
  %".11" = udiv i64 %"part", 2
  %".12" = urem i64 %"part", 2
  %".13" = add i64 %".12", 1
  %".14" = icmp slt i64 %".12", %".13"
  br i1 %".14", label %"p.body", label %"p.end"
part.end:
  ret void
p.body:
  %"p" = phi  i64 [%".12", %"part.body"], [%".70", %"p.body"]
  %".16" = mul i64 %".11", 16
  %".17" = mul i64 %"p", 8
  %".18" = add i64 %".16", %".17"
  %".19" = getelementptr i8, ptr %".4", i64 %".18"
  %".20" = load <8 x i8>, ptr %".19", align 1
  %".21" = icmp eq <8 x i8> %".20", splat (i8 0)
  %".22" = mul i64 %".11", 16
  %".23" = mul i64 %"p", 8
  %".24" = add i64 %".22", %".23"
  %".25" = getelementptr float, ptr %".3", i64 %".24"
  %".26" = load <8 x float>, ptr %".25", align 4
  %".27" = mul i64 %".11", 16
  %".28" = mul i64 %"p", 8
  %".29" = add i64 %".27", %".28"
  %".30" = getelementptr float, ptr %".2", i64 %".29"
  %".31" = load <8 x float>, ptr %".30", align 4
  %".32" = fcmp oge <8 x float> splat (float              0x0), %".26"
  %".33" = select  <8 x i1> %".32", <8 x float> splat (float              0x0), <8 x float> %".31"
  %".34" = select  <8 x i1> %".21", <8 x float> %".33", <8 x float> splat (float              0x0)
  %".35" = mul i64 %".11", 64
  %".36" = mul i64 %"p", 32
  %".37" = add i64 %".35", %".36"
  %".38" = getelementptr float, ptr %".5", i64 %".37"
  store <8 x float> %".34", ptr %".38", align 4
  %".40" = icmp eq <8 x i8> %".20", splat (i8 1)
  %".41" = fcmp oge <8 x float> splat (float              0x0), %".26"
  %".42" = select  <8 x i1> %".41", <8 x float> splat (float              0x0), <8 x float> %".31"
  %".43" = select  <8 x i1> %".40", <8 x float> %".42", <8 x float> splat (float              0x0)
  %".44" = mul i64 %".11", 64
  %".45" = mul i64 %"p", 32
  %".46" = add i64 %".44", %".45"
  %".47" = add i64 %".46", 8
  %".48" = getelementptr float, ptr %".5", i64 %".47"
  store <8 x float> %".43", ptr %".48", align 4
  %".50" = icmp eq <8 x i8> %".20", splat (i8 2)
  %".51" = fcmp oge <8 x float> splat (float              0x0), %".26"
  %".52" = select  <8 x i1> %".51", <8 x float> splat (float              0x0), <8 x float> %".31"
  %".53" = select  <8 x i1> %".50", <8 x float> %".52", <8 x float> splat (float              0x0)
  %".54" = mul i64 %".11", 64
  %".55" = mul i64 %"p", 32
  %".56" = add i64 %".54", %".55"
  %".57" = add i64 %".56", 16
  %".58" = getelementptr float, ptr %".5", i64 %".57"
  store <8 x float> %".53", ptr %".58", align 4
  %".60" = icmp eq <8 x i8> %".20", splat (i8 3)
  %".61" = fcmp oge <8 x float> splat (float              0x0), %".26"
  %".62" = select  <8 x i1> %".61", <8 x float> splat (float              0x0), <8 x float> %".31"
  %".63" = select  <8 x i1> %".60", <8 x float> %".62", <8 x float> splat (float              0x0)
  %".64" = mul i64 %".11", 64
  %".65" = mul i64 %"p", 32
  %".66" = add i64 %".64", %".65"
  %".67" = add i64 %".66", 24
  %".68" = getelementptr float, ptr %".5", i64 %".67"
  store <8 x float> %".63", ptr %".68", align 4
  %".70" = add i64 %"p", 1
  %".71" = icmp slt i64 %".70", %".13"
  br i1 %".71", label %"p.body", label %"p.end"
p.end:
  %".73" = add i64 %"part", 1
  %".74" = icmp slt i64 %".73", %".7"
  br i1 %".74", label %"part.body", label %"part.end"
}

define internal void @"k5.contraction"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"tile.body", label %"tile.end"
tile.body:
  %"tile" = phi  i64 [%".5", %"entry"], [%".163", %"tile.body"]
  %".10" = mul i64 %"tile", 72
  %".11" = getelementptr float, ptr %".3", i64 %".10"
  %".12" = call ptr asm  "", "=r,0"(ptr %".2")
  %".13" = call ptr asm  "", "=r,0"(ptr %".11")
  %".14" = getelementptr float, ptr %".13", i64 80
  call void @"llvm.prefetch.p0"(ptr %".14", i32 0, i32 3, i32 1)
  %".16" = getelementptr float, ptr %".13", i64 104
  call void @"llvm.prefetch.p0"(ptr %".16", i32 0, i32 3, i32 1)
  %".18" = load <8 x float>, ptr %".12", align 4
  %".19" = getelementptr float, ptr %".12", i64 32
  %".20" = load <8 x float>, ptr %".19", align 4
  %".21" = load <8 x float>, ptr %".13", align 4
  %".22" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".21", <8 x float> %".18", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".23" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".21", <8 x float> %".20", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".24" = getelementptr float, ptr %".13", i64 24
  %".25" = load <8 x float>, ptr %".24", align 4
  %".26" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".25", <8 x float> %".18", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".27" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".25", <8 x float> %".20", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".28" = getelementptr float, ptr %".13", i64 8
  %".29" = load <8 x float>, ptr %".28", align 4
  %".30" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".29", <8 x float> %".18", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".31" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".29", <8 x float> %".20", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".32" = getelementptr float, ptr %".13", i64 32
  %".33" = load <8 x float>, ptr %".32", align 4
  %".34" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".33", <8 x float> %".18", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".35" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".33", <8 x float> %".20", <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>)
  %".36" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".2", <8 x float> %".22", <8 x float> %".26", <8 x float> %".30", <8 x float> %".34", <8 x float> %".23", <8 x float> %".27", <8 x float> %".31", <8 x float> %".35")
  %".37" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".11", <8 x float> %".22", <8 x float> %".26", <8 x float> %".30", <8 x float> %".34", <8 x float> %".23", <8 x float> %".27", <8 x float> %".31", <8 x float> %".35")
  %".38" = getelementptr float, ptr %".37", i64 88
  call void @"llvm.prefetch.p0"(ptr %".38", i32 0, i32 3, i32 1)
  %".40" = getelementptr float, ptr %".37", i64 112
  call void @"llvm.prefetch.p0"(ptr %".40", i32 0, i32 3, i32 1)
  %".42" = getelementptr float, ptr %".36", i64 8
  %".43" = load <8 x float>, ptr %".42", align 4
  %".44" = getelementptr float, ptr %".36", i64 40
  %".45" = load <8 x float>, ptr %".44", align 4
  %".46" = getelementptr float, ptr %".37", i64 8
  %".47" = load <8 x float>, ptr %".46", align 4
  %".48" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".47", <8 x float> %".43", <8 x float> %".22")
  %".49" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".47", <8 x float> %".45", <8 x float> %".23")
  %".50" = getelementptr float, ptr %".37", i64 32
  %".51" = load <8 x float>, ptr %".50", align 4
  %".52" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".51", <8 x float> %".43", <8 x float> %".26")
  %".53" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".51", <8 x float> %".45", <8 x float> %".27")
  %".54" = getelementptr float, ptr %".37", i64 16
  %".55" = load <8 x float>, ptr %".54", align 4
  %".56" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".55", <8 x float> %".43", <8 x float> %".30")
  %".57" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".55", <8 x float> %".45", <8 x float> %".31")
  %".58" = getelementptr float, ptr %".37", i64 40
  %".59" = load <8 x float>, ptr %".58", align 4
  %".60" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".59", <8 x float> %".43", <8 x float> %".34")
  %".61" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".59", <8 x float> %".45", <8 x float> %".35")
  %".62" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".2", <8 x float> %".48", <8 x float> %".52", <8 x float> %".56", <8 x float> %".60", <8 x float> %".49", <8 x float> %".53", <8 x float> %".57", <8 x float> %".61")
  %".63" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".11", <8 x float> %".48", <8 x float> %".52", <8 x float> %".56", <8 x float> %".60", <8 x float> %".49", <8 x float> %".53", <8 x float> %".57", <8 x float> %".61")
  %".64" = getelementptr float, ptr %".63", i64 104
  call void @"llvm.prefetch.p0"(ptr %".64", i32 0, i32 3, i32 1)
  %".66" = getelementptr float, ptr %".63", i64 128
  call void @"llvm.prefetch.p0"(ptr %".66", i32 0, i32 3, i32 1)
  %".68" = getelementptr float, ptr %".62", i64 16
  %".69" = load <8 x float>, ptr %".68", align 4
  %".70" = getelementptr float, ptr %".62", i64 48
  %".71" = load <8 x float>, ptr %".70", align 4
  %".72" = getelementptr float, ptr %".63", i64 24
  %".73" = load <8 x float>, ptr %".72", align 4
  %".74" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".73", <8 x float> %".69", <8 x float> %".48")
  %".75" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".73", <8 x float> %".71", <8 x float> %".49")
  %".76" = getelementptr float, ptr %".63", i64 48
  %".77" = load <8 x float>, ptr %".76", align 4
  %".78" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".77", <8 x float> %".69", <8 x float> %".52")
  %".79" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".77", <8 x float> %".71", <8 x float> %".53")
  %".80" = getelementptr float, ptr %".63", i64 32
  %".81" = load <8 x float>, ptr %".80", align 4
  %".82" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".81", <8 x float> %".69", <8 x float> %".56")
  %".83" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".81", <8 x float> %".71", <8 x float> %".57")
  %".84" = getelementptr float, ptr %".63", i64 56
  %".85" = load <8 x float>, ptr %".84", align 4
  %".86" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".85", <8 x float> %".69", <8 x float> %".60")
  %".87" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".85", <8 x float> %".71", <8 x float> %".61")
  %".88" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".2", <8 x float> %".74", <8 x float> %".78", <8 x float> %".82", <8 x float> %".86", <8 x float> %".75", <8 x float> %".79", <8 x float> %".83", <8 x float> %".87")
  %".89" = call ptr asm  "", "=r,0,v,v,v,v,v,v,v,v"(ptr %".11", <8 x float> %".74", <8 x float> %".78", <8 x float> %".82", <8 x float> %".86", <8 x float> %".75", <8 x float> %".79", <8 x float> %".83", <8 x float> %".87")
  %".90" = getelementptr float, ptr %".89", i64 112
  call void @"llvm.prefetch.p0"(ptr %".90", i32 0, i32 3, i32 1)
  %".92" = getelementptr float, ptr %".89", i64 136
  call void @"llvm.prefetch.p0"(ptr %".92", i32 0, i32 3, i32 1)
  %".94" = getelementptr float, ptr %".88", i64 24
  %".95" = load <8 x float>, ptr %".94", align 4
  %".96" = getelementptr float, ptr %".88", i64 56
  %".97" = load <8 x float>, ptr %".96", align 4
  %".98" = getelementptr float, ptr %".89", i64 32
  %".99" = load <8 x float>, ptr %".98", align 4
  %".100" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".99", <8 x float> %".95", <8 x float> %".74")
  %".101" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".99", <8 x float> %".97", <8 x float> %".75")
  %".102" = getelementptr float, ptr %".89", i64 56
  %".103" = load <8 x float>, ptr %".102", align 4
  %".104" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".103", <8 x float> %".95", <8 x float> %".78")
  %".105" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".103", <8 x float> %".97", <8 x float> %".79")
  %".106" = getelementptr float, ptr %".89", i64 40
  %".107" = load <8 x float>, ptr %".106", align 4
  %".108" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".107", <8 x float> %".95", <8 x float> %".82")
  %".109" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".107", <8 x float> %".97", <8 x float> %".83")
  %".110" = getelementptr float, ptr %".89", i64 64
  %".111" = load <8 x float>, ptr %".110", align 4
  %".112" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".111", <8 x float> %".95", <8 x float> %".86")
  %".113" = call <8 x float> @"llvm.fmuladd.v8f32"(<8 x float> %".111", <8 x float> %".97", <8 x float> %".87")
  %".114" = call {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} asm  "", "=v,=v,=v,=v,=v,=v,=v,=v,0,1,2,3,4,5,6,7"(<8 x float> %".100", <8 x float> %".104", <8 x float> %".108", <8 x float> %".112", <8 x float> %".101", <8 x float> %".105", <8 x float> %".109", <8 x float> %".113")
  %".115" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".114", 0
  %".116" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".114", 1
  %".117" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".114", 2
  %".118" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".114", 3
  %".119" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".114", 4
  %".120" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".114", 5
  %".121" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".114", 6
  %".122" = extractvalue {<8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>, <8 x float>} %".114", 7
  %".123" = shufflevector <8 x float> %".115", <8 x float> %".117", <8 x i32> <i32 0, i32 2, i32 8, i32 10, i32 4, i32 6, i32 12, i32 14>
  %".124" = shufflevector <8 x float> %".115", <8 x float> %".117", <8 x i32> <i32 1, i32 3, i32 9, i32 11, i32 5, i32 7, i32 13, i32 15>
  %".125" = fadd <8 x float> %".123", %".124"
  %".126" = shufflevector <8 x float> %".116", <8 x float> %".118", <8 x i32> <i32 0, i32 2, i32 8, i32 10, i32 4, i32 6, i32 12, i32 14>
  %".127" = shufflevector <8 x float> %".116", <8 x float> %".118", <8 x i32> <i32 1, i32 3, i32 9, i32 11, i32 5, i32 7, i32 13, i32 15>
  %".128" = fadd <8 x float> %".126", %".127"
  %".129" = shufflevector <8 x float> %".119", <8 x float> %".121", <8 x i32> <i32 0, i32 2, i32 8, i32 10, i32 4, i32 6, i32 12, i32 14>
  %".130" = shufflevector <8 x float> %".119", <8 x float> %".121", <8 x i32> <i32 1, i32 3, i32 9, i32 11, i32 5, i32 7, i32 13, i32 15>
  %".131" = fadd <8 x float> %".129", %".130"
  %".132" = shufflevector <8 x float> %".120", <8 x float> %".122", <8 x i32> <i32 0, i32 2, i32 8, i32 10, i32 4, i32 6, i32 12, i32 14>
  %".133" = shufflevector <8 x float> %".120", <8 x float> %".122", <8 x i32> <i32 1, i32 3, i32 9, i32 11, i32 5, i32 7, i32 13, i32 15>
  %".134" = fadd <8 x float> %".132", %".133"
  %".135" = shufflevector <8 x float> %".125", <8 x float> %".128", <8 x i32> <i32 0, i32 2, i32 8, i32 10, i32 4, i32 6, i32 12, i32 14>
  %".136" = shufflevector <8 x float> %".125", <8 x float> %".128", <8 x i32> <i32 1, i32 3, i32 9, i32 11, i32 5, i32 7, i32 13, i32 15>
  %".137" = fadd <8 x float> %".135", %".136"
  %".138" = shufflevector <8 x float> %".131", <8 x float> %".134", <8 x i32> <i32 0, i32 2, i32 8, i32 10, i32 4, i32 6, i32 12, i32 14>
  %".139" = shufflevector <8 x float> %".131", <8 x float> %".134", <8 x i32> <i32 1, i32 3, i32 9, i32 11, i32 5, i32 7, i32 13, i32 15>
  %".140" = fadd <8 x float> %".138", %".139"
  %".141" = shufflevector <8 x float> %".137", <8 x float> %".140", <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 8, i32 9, i32 10, i32 11>
  %".142" = shufflevector <8 x float> %".137", <8 x float> %".140", <8 x i32> <i32 4, i32 5, i32 6, i32 7, i32 12, i32 13, i32 14, i32 15>
  %".143" = fadd <8 x float> %".141", %".142"
  %".144" = shufflevector <8 x float> %".143", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <2 x i32> <i32 0, i32 1>
  %".145" = shufflevector <8 x float> %".143", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <2 x i32> <i32 2, i32 3>
  %".146" = shufflevector <8 x float> %".143", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <2 x i32> <i32 4, i32 5>
  %".147" = shufflevector <8 x float> %".143", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <2 x i32> <i32 6, i32 7>
  %".148" = mul i64 %"tile", 4
  %".149" = getelementptr float, ptr %".4", i64 %".148"
  store <2 x float> %".144", ptr %".149", align 4
  %".151" = mul i64 %"tile", 4
  %".152" = add i64 %".151", 2
  %".153" = getelementptr float, ptr %".4", i64 %".152"
  store <2 x float> %".145", ptr %".153", align 4
  %".155" = mul i64 %"tile", 4
  %".156" = add i64 %".155", 4
  %".157" = getelementptr float, ptr %".4", i64 %".156"
  store <2 x float> %".146", ptr %".157", align 4
  %".159" = mul i64 %"tile", 4
  %".160" = add i64 %".159", 6
  %".161" = getelementptr float, ptr %".4", i64 %".160"
  store <2 x float> %".147", ptr %".161", align 4
  %".163" = add i64 %"tile", 1
  %".164" = icmp slt i64 %".163", %".6"
  br i1 %".164", label %"tile.body", label %"tile.end"
tile.end:
  ret void
}

declare void @"llvm.prefetch.p0"(ptr %".1", i32 %".2", i32 %".3", i32 %".4")

define internal void @"k6.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".35", %"part.body"]
  %".10" = load <8 x float>, ptr %".2", align 4
  %".11" = load <8 x float>, ptr %".3", align 4
  %".12" = fsub <8 x float> %".10", %".11"
  %".13" = fmul <8 x float> %".12", %".12"
  %".14" = fadd <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, %".13"
  %".15" = getelementptr float, ptr %".2", i64 8
  %".16" = load <8 x float>, ptr %".15", align 4
  %".17" = getelementptr float, ptr %".3", i64 8
  %".18" = load <8 x float>, ptr %".17", align 4
  %".19" = fsub <8 x float> %".16", %".18"
  %".20" = fmul <8 x float> %".19", %".19"
  %".21" = fadd <8 x float> <float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0, float              0x0>, %".20"
  %".22" = fadd <8 x float> %".14", %".21"
  %".23" = shufflevector <8 x float> %".22", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  %".24" = shufflevector <8 x float> %".22", <8 x float> <float undef, float undef, float undef, float undef, float undef, float undef, float undef, float undef>, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
  %".25" = fadd <4 x float> %".23", %".24"
  %".26" = shufflevector <4 x float> %".25", <4 x float> <float undef, float undef, float undef, float undef>, <2 x i32> <i32 0, i32 1>
  %".27" = shufflevector <4 x float> %".25", <4 x float> <float undef, float undef, float undef, float undef>, <2 x i32> <i32 2, i32 3>
  %".28" = fadd <2 x float> %".26", %".27"
  %".29" = shufflevector <2 x float> %".28", <2 x float> <float undef, float undef>, <1 x i32> <i32 0>
  %".30" = shufflevector <2 x float> %".28", <2 x float> <float undef, float undef>, <1 x i32> <i32 1>
  %".31" = fadd <1 x float> %".29", %".30"
  %".32" = extractelement <1 x float> %".31", i32 0
  %".33" = fmul float %".32", 0x3fb0000000000000
  store float %".33", ptr %".4", align 4
  %".35" = add i64 %"part", 1
  %".36" = icmp slt i64 %".35", %".6"
  br i1 %".36", label %"part.body", label %"part.end"
part.end:
  ret void
}

