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
  %".7" = getelementptr ptr, ptr %".2", i64 4
  %".8" = load ptr, ptr %".7"
  %".9" = getelementptr i8, ptr %".1", i64 384
  %".10" = getelementptr ptr, ptr %".2", i64 5
  %".11" = load ptr, ptr %".10"
  %".12" = getelementptr i8, ptr %".1", i64 512
  %".13" = load ptr, ptr %".2"
  %".14" = getelementptr ptr, ptr %".2", i64 1
  %".15" = load ptr, ptr %".14"
  %".16" = getelementptr i8, ptr %".1", i64 192
  %".17" = getelementptr ptr, ptr %".2", i64 2
  %".18" = load ptr, ptr %".17"
  %".19" = getelementptr i8, ptr %".1", i64 576
  %".20" = getelementptr ptr, ptr %".2", i64 3
  %".21" = load ptr, ptr %".20"
  %".22" = getelementptr i8, ptr %".1", i64 640
  %".23" = getelementptr i8, ptr %".1", i64 704
  %".24" = getelementptr ptr, ptr %".2", i64 6
  %".25" = load ptr, ptr %".24"
  %".26" = getelementptr i8, ptr %".1", i64 384
  %".27" = getelementptr ptr, ptr %".2", i64 4
  %".28" = load ptr, ptr %".27"
  %".29" = getelementptr ptr, ptr %".2", i64 7
  %".30" = load ptr, ptr %".29"
  %".31" = getelementptr ptr, ptr %".2", i64 8
  %".32" = load ptr, ptr %".31"
  %".33" = getelementptr ptr, ptr %".2", i64 9
  %".34" = load ptr, ptr %".33"
  %".35" = getelementptr ptr, ptr %".2", i64 10
  %".36" = load ptr, ptr %".35"
  %".37" = add i64 %".4", 1
  %".38" = mul i64 %".4", 4
  %".39" = udiv i64 %".38", %".5"
  %".40" = mul i64 %".37", 4
  %".41" = udiv i64 %".40", %".5"
  call void @"k0.loops"(ptr %".1", ptr %".8", ptr %".9", i64 %".39", i64 %".41")
  %".43" = urem i64 2, %".5"
  %".44" = icmp ne i64 %".43", 0
  br i1 %".44", label %"entry.if", label %"entry.endif"
entry.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif"
entry.endif:
  %".48" = add i64 %".4", 1
  %".49" = mul i64 %".4", 2
  %".50" = udiv i64 %".49", %".5"
  %".51" = mul i64 %".48", 2
  %".52" = udiv i64 %".51", %".5"
  call void @"k1.loops"(ptr %".1", ptr %".11", ptr %".12", i64 %".50", i64 %".52")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".55" = add i64 %".4", 1
  %".56" = icmp sgt i64 %".4", 0
  %".57" = zext i1 %".56" to i64
  %".58" = icmp sgt i64 %".55", 0
  %".59" = zext i1 %".58" to i64
  call void @"k2.contraction"(ptr %".1", ptr %".13", ptr %".9", ptr %".15", ptr %".1", ptr %".16", i64 %".57", i64 %".59")
  %".61" = add i64 %".4", 1
  %".62" = icmp sgt i64 %".4", 0
  %".63" = zext i1 %".62" to i64
  %".64" = icmp sgt i64 %".61", 0
  %".65" = zext i1 %".64" to i64
  call void @"k3.contraction"(ptr %".1", ptr %".18", ptr %".16", ptr %".19", i64 %".63", i64 %".65")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".68" = add i64 %".4", 1
  %".69" = mul i64 %".4", 2
  %".70" = udiv i64 %".69", %".5"
  %".71" = mul i64 %".68", 2
  %".72" = udiv i64 %".71", %".5"
  call void @"k4.loops"(ptr %".1", ptr %".19", ptr %".21", ptr %".12", ptr %".22", ptr %".23", i64 %".70", i64 %".72")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".75" = add i64 %".4", 1
  %".76" = icmp sgt i64 %".4", 0
  %".77" = zext i1 %".76" to i64
  %".78" = icmp sgt i64 %".75", 0
  %".79" = zext i1 %".78" to i64
  call void @"k5.reduce"(ptr %".1", ptr %".22", ptr %".25", i64 %".77", i64 %".79")
  %".81" = add i64 %".4", 1
  %".82" = icmp sgt i64 %".4", 0
  %".83" = zext i1 %".82" to i64
  %".84" = icmp sgt i64 %".81", 0
  %".85" = zext i1 %".84" to i64
  call void @"k6.contraction"(ptr %".1", ptr %".23", ptr %".18", ptr %".1", ptr %".26", i64 %".83", i64 %".85")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".88" = add i64 %".4", 1
  %".89" = mul i64 %".4", 3
  %".90" = udiv i64 %".89", %".5"
  %".91" = mul i64 %".88", 3
  %".92" = udiv i64 %".91", %".5"
  call void @"k7.loops"(ptr %".1", ptr %".26", ptr %".28", ptr %".30", i64 %".90", i64 %".92")
  %".94" = add i64 %".4", 1
  %".95" = mul i64 %".4", 3
  %".96" = udiv i64 %".95", %".5"
  %".97" = mul i64 %".94", 3
  %".98" = udiv i64 %".97", %".5"
  call void @"k8.reduce"(ptr %".1", ptr %".26", ptr %".32", i64 %".96", i64 %".98")
  %".100" = urem i64 2, %".5"
  %".101" = icmp ne i64 %".100", 0
  br i1 %".101", label %"entry.endif.if", label %"entry.endif.endif"
entry.endif.if:
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  br label %"entry.endif.endif"
entry.endif.endif:
  %".105" = add i64 %".4", 1
  %".106" = mul i64 %".4", 6
  %".107" = udiv i64 %".106", %".5"
  %".108" = mul i64 %".105", 6
  %".109" = udiv i64 %".108", %".5"
  call void @"k9.loops"(ptr %".1", ptr %".16", ptr %".1", i64 %".107", i64 %".109")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".112" = add i64 %".4", 1
  %".113" = mul i64 %".4", 3
  %".114" = udiv i64 %".113", %".5"
  %".115" = mul i64 %".112", 3
  %".116" = udiv i64 %".115", %".5"
  call void @"k10.loops"(ptr %".1", ptr %".23", ptr %".1", ptr %".34", i64 %".114", i64 %".116")
  %".118" = add i64 %".4", 1
  %".119" = icmp sgt i64 %".4", 0
  %".120" = zext i1 %".119" to i64
  %".121" = icmp sgt i64 %".118", 0
  %".122" = zext i1 %".121" to i64
  call void @"k11.reduce"(ptr %".1", ptr %".23", ptr %".36", i64 %".120", i64 %".122")
  ret void
}

define internal void @"k0.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".68", %"a1.end"]
  %".9" = udiv i64 %"part", 2
  %".10" = urem i64 %"part", 2
  %".11" = add i64 %".10", 1
  %".12" = icmp slt i64 %".10", %".11"
  br i1 %".12", label %"a1.body", label %"a1.end"
part.end:
  ret void
a1.body:
  %"a1" = phi  i64 [%".10", %"part.body"], [%".65", %"a1.body"]
  %".14" = mul i64 %".9", 4
  %".15" = icmp slt i64 %".14", 5
  %".16" = mul i64 %".9", 8
  %".17" = add i64 %".16", %"a1"
  %".18" = select  i1 %".15", i64 %".17", i64 0
  %".19" = getelementptr double, ptr %".2", i64 %".18"
  %".20" = load double, ptr %".19", align 8
  %".21" = select  i1 %".15", double %".20", double              0x0
  %".22" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".21", i32 0
  %".23" = insertelement <4 x i1> <i1 undef, i1 undef, i1 undef, i1 undef>, i1 %".15", i32 0
  %".24" = mul i64 %".9", 4
  %".25" = add i64 %".24", 1
  %".26" = icmp slt i64 %".25", 5
  %".27" = mul i64 %".9", 8
  %".28" = add i64 %".27", %"a1"
  %".29" = add i64 %".28", 2
  %".30" = select  i1 %".26", i64 %".29", i64 0
  %".31" = getelementptr double, ptr %".2", i64 %".30"
  %".32" = load double, ptr %".31", align 8
  %".33" = select  i1 %".26", double %".32", double              0x0
  %".34" = insertelement <4 x double> %".22", double %".33", i32 1
  %".35" = insertelement <4 x i1> %".23", i1 %".26", i32 1
  %".36" = mul i64 %".9", 4
  %".37" = add i64 %".36", 2
  %".38" = icmp slt i64 %".37", 5
  %".39" = mul i64 %".9", 8
  %".40" = add i64 %".39", %"a1"
  %".41" = add i64 %".40", 4
  %".42" = select  i1 %".38", i64 %".41", i64 0
  %".43" = getelementptr double, ptr %".2", i64 %".42"
  %".44" = load double, ptr %".43", align 8
  %".45" = select  i1 %".38", double %".44", double              0x0
  %".46" = insertelement <4 x double> %".34", double %".45", i32 2
  %".47" = insertelement <4 x i1> %".35", i1 %".38", i32 2
  %".48" = mul i64 %".9", 4
  %".49" = add i64 %".48", 3
  %".50" = icmp slt i64 %".49", 5
  %".51" = mul i64 %".9", 8
  %".52" = add i64 %".51", %"a1"
  %".53" = add i64 %".52", 6
  %".54" = select  i1 %".50", i64 %".53", i64 0
  %".55" = getelementptr double, ptr %".2", i64 %".54"
  %".56" = load double, ptr %".55", align 8
  %".57" = select  i1 %".50", double %".56", double              0x0
  %".58" = insertelement <4 x double> %".46", double %".57", i32 3
  %".59" = insertelement <4 x i1> %".47", i1 %".50", i32 3
  %".60" = mul i64 %".9", 8
  %".61" = mul i64 %"a1", 4
  %".62" = add i64 %".60", %".61"
  %".63" = getelementptr double, ptr %".3", i64 %".62"
  store <4 x double> %".58", ptr %".63", align 8
  %".65" = add i64 %"a1", 1
  %".66" = icmp slt i64 %".65", %".11"
  br i1 %".66", label %"a1.body", label %"a1.end"
a1.end:
  %".68" = add i64 %"part", 1
  %".69" = icmp slt i64 %".68", %".5"
  br i1 %".69", label %"part.body", label %"part.end"
}

define internal void @"k1.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".66", %"a1.end"]
  %".9" = add i64 0, 1
  %".10" = icmp slt i64 0, %".9"
  br i1 %".10", label %"a1.body", label %"a1.end"
part.end:
  ret void
a1.body:
  %"a1" = phi  i64 [0, %"part.body"], [%".63", %"a1.body"]
  %".12" = mul i64 %"part", 4
  %".13" = icmp slt i64 %".12", 5
  %".14" = mul i64 %"part", 4
  %".15" = add i64 %".14", %"a1"
  %".16" = select  i1 %".13", i64 %".15", i64 0
  %".17" = getelementptr double, ptr %".2", i64 %".16"
  %".18" = load double, ptr %".17", align 8
  %".19" = select  i1 %".13", double %".18", double              0x0
  %".20" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".19", i32 0
  %".21" = insertelement <4 x i1> <i1 undef, i1 undef, i1 undef, i1 undef>, i1 %".13", i32 0
  %".22" = mul i64 %"part", 4
  %".23" = add i64 %".22", 1
  %".24" = icmp slt i64 %".23", 5
  %".25" = mul i64 %"part", 4
  %".26" = add i64 %".25", %"a1"
  %".27" = add i64 %".26", 1
  %".28" = select  i1 %".24", i64 %".27", i64 0
  %".29" = getelementptr double, ptr %".2", i64 %".28"
  %".30" = load double, ptr %".29", align 8
  %".31" = select  i1 %".24", double %".30", double              0x0
  %".32" = insertelement <4 x double> %".20", double %".31", i32 1
  %".33" = insertelement <4 x i1> %".21", i1 %".24", i32 1
  %".34" = mul i64 %"part", 4
  %".35" = add i64 %".34", 2
  %".36" = icmp slt i64 %".35", 5
  %".37" = mul i64 %"part", 4
  %".38" = add i64 %".37", %"a1"
  %".39" = add i64 %".38", 2
  %".40" = select  i1 %".36", i64 %".39", i64 0
  %".41" = getelementptr double, ptr %".2", i64 %".40"
  %".42" = load double, ptr %".41", align 8
  %".43" = select  i1 %".36", double %".42", double              0x0
  %".44" = insertelement <4 x double> %".32", double %".43", i32 2
  %".45" = insertelement <4 x i1> %".33", i1 %".36", i32 2
  %".46" = mul i64 %"part", 4
  %".47" = add i64 %".46", 3
  %".48" = icmp slt i64 %".47", 5
  %".49" = mul i64 %"part", 4
  %".50" = add i64 %".49", %"a1"
  %".51" = add i64 %".50", 3
  %".52" = select  i1 %".48", i64 %".51", i64 0
  %".53" = getelementptr double, ptr %".2", i64 %".52"
  %".54" = load double, ptr %".53", align 8
  %".55" = select  i1 %".48", double %".54", double              0x0
  %".56" = insertelement <4 x double> %".44", double %".55", i32 3
  %".57" = insertelement <4 x i1> %".45", i1 %".48", i32 3
  %".58" = mul i64 %"part", 4
  %".59" = mul i64 %"a1", 4
  %".60" = add i64 %".58", %".59"
  %".61" = getelementptr double, ptr %".3", i64 %".60"
  store <4 x double> %".56", ptr %".61", align 8
  %".63" = add i64 %"a1", 1
  %".64" = icmp slt i64 %".63", %".9"
  br i1 %".64", label %"a1.body", label %"a1.end"
a1.end:
  %".66" = add i64 %"part", 1
  %".67" = icmp slt i64 %".66", %".5"
  br i1 %".67", label %"part.body", label %"part.end"
}

define internal void @"k2.contraction"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", ptr noalias %".6", i64 %".7", i64 %".8") noinline nounwind
{
entry:
  %".10" = icmp slt i64 %".7", %".8"
  br i1 %".10", label %"tile.body", label %"tile.end"
tile.body:
  %"tile" = phi  i64 [%".7", %"entry"], [%".139", %"tile.body"]
  %".12" = call ptr asm  "", "=r,0"(ptr %".2")
  %".13" = call ptr asm  "", "=r,0"(ptr %".3")
  %".14" = load <4 x double>, ptr %".13", align 8
  %".15" = getelementptr double, ptr %".13", i64 8
  %".16" = load <4 x double>, ptr %".15", align 8
  %".17" = load double, ptr %".12", align 8
  %".18" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".17", i32 0
  %".19" = shufflevector <4 x double> %".18", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".20" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".19", <4 x double> %".14", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".21" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".19", <4 x double> %".16", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".22" = getelementptr double, ptr %".12", i64 2
  %".23" = load double, ptr %".22", align 8
  %".24" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".23", i32 0
  %".25" = shufflevector <4 x double> %".24", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".26" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".25", <4 x double> %".14", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".27" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".25", <4 x double> %".16", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".28" = getelementptr double, ptr %".12", i64 4
  %".29" = load double, ptr %".28", align 8
  %".30" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".29", i32 0
  %".31" = shufflevector <4 x double> %".30", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".32" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".31", <4 x double> %".14", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".33" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".31", <4 x double> %".16", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".34" = call ptr asm  "", "=r,0,v,v,v,v,v,v"(ptr %".2", <4 x double> %".20", <4 x double> %".21", <4 x double> %".26", <4 x double> %".27", <4 x double> %".32", <4 x double> %".33")
  %".35" = call ptr asm  "", "=r,0,v,v,v,v,v,v"(ptr %".3", <4 x double> %".20", <4 x double> %".21", <4 x double> %".26", <4 x double> %".27", <4 x double> %".32", <4 x double> %".33")
  %".36" = getelementptr double, ptr %".35", i64 4
  %".37" = load <4 x double>, ptr %".36", align 8
  %".38" = getelementptr double, ptr %".35", i64 12
  %".39" = load <4 x double>, ptr %".38", align 8
  %".40" = getelementptr double, ptr %".34", i64 1
  %".41" = load double, ptr %".40", align 8
  %".42" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".41", i32 0
  %".43" = shufflevector <4 x double> %".42", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".44" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".43", <4 x double> %".37", <4 x double> %".20")
  %".45" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".43", <4 x double> %".39", <4 x double> %".21")
  %".46" = getelementptr double, ptr %".34", i64 3
  %".47" = load double, ptr %".46", align 8
  %".48" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".47", i32 0
  %".49" = shufflevector <4 x double> %".48", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".50" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".49", <4 x double> %".37", <4 x double> %".26")
  %".51" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".49", <4 x double> %".39", <4 x double> %".27")
  %".52" = getelementptr double, ptr %".34", i64 5
  %".53" = load double, ptr %".52", align 8
  %".54" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".53", i32 0
  %".55" = shufflevector <4 x double> %".54", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".56" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".55", <4 x double> %".37", <4 x double> %".32")
  %".57" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".55", <4 x double> %".39", <4 x double> %".33")
  %".58" = call {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} asm  "", "=v,=v,=v,=v,=v,=v,0,1,2,3,4,5"(<4 x double> %".44", <4 x double> %".45", <4 x double> %".50", <4 x double> %".51", <4 x double> %".56", <4 x double> %".57")
  %".59" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".58", 0
  %".60" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".58", 1
  %".61" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".58", 2
  %".62" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".58", 3
  %".63" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".58", 4
  %".64" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".58", 5
  %".65" = load double, ptr %".4", align 8
  %".66" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".65", i32 0
  %".67" = shufflevector <4 x double> %".66", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".68" = fadd <4 x double> %".59", %".67"
  store <4 x double> %".68", ptr %".5", align 8
  %".70" = fadd <4 x double> %".59", %".67"
  %".71" = fcmp ogt <4 x double> %".70", splat (double              0x0)
  %".72" = fmul <4 x double> splat (double 0x3f847ae147ae147b), %".70"
  %".73" = select  <4 x i1> %".71", <4 x double> %".70", <4 x double> %".72"
  store <4 x double> %".73", ptr %".6", align 8
  %".75" = load double, ptr %".4", align 8
  %".76" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".75", i32 0
  %".77" = shufflevector <4 x double> %".76", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".78" = fadd <4 x double> %".60", %".77"
  %".79" = getelementptr double, ptr %".5", i64 12
  store <4 x double> %".78", ptr %".79", align 8
  %".81" = fadd <4 x double> %".60", %".77"
  %".82" = fcmp ogt <4 x double> %".81", splat (double              0x0)
  %".83" = fmul <4 x double> splat (double 0x3f847ae147ae147b), %".81"
  %".84" = select  <4 x i1> %".82", <4 x double> %".81", <4 x double> %".83"
  %".85" = getelementptr double, ptr %".6", i64 12
  store <4 x double> %".84", ptr %".85", align 8
  %".87" = getelementptr double, ptr %".4", i64 1
  %".88" = load double, ptr %".87", align 8
  %".89" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".88", i32 0
  %".90" = shufflevector <4 x double> %".89", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".91" = fadd <4 x double> %".61", %".90"
  %".92" = getelementptr double, ptr %".5", i64 4
  store <4 x double> %".91", ptr %".92", align 8
  %".94" = fadd <4 x double> %".61", %".90"
  %".95" = fcmp ogt <4 x double> %".94", splat (double              0x0)
  %".96" = fmul <4 x double> splat (double 0x3f847ae147ae147b), %".94"
  %".97" = select  <4 x i1> %".95", <4 x double> %".94", <4 x double> %".96"
  %".98" = getelementptr double, ptr %".6", i64 4
  store <4 x double> %".97", ptr %".98", align 8
  %".100" = getelementptr double, ptr %".4", i64 1
  %".101" = load double, ptr %".100", align 8
  %".102" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".101", i32 0
  %".103" = shufflevector <4 x double> %".102", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".104" = fadd <4 x double> %".62", %".103"
  %".105" = getelementptr double, ptr %".5", i64 16
  store <4 x double> %".104", ptr %".105", align 8
  %".107" = fadd <4 x double> %".62", %".103"
  %".108" = fcmp ogt <4 x double> %".107", splat (double              0x0)
  %".109" = fmul <4 x double> splat (double 0x3f847ae147ae147b), %".107"
  %".110" = select  <4 x i1> %".108", <4 x double> %".107", <4 x double> %".109"
  %".111" = getelementptr double, ptr %".6", i64 16
  store <4 x double> %".110", ptr %".111", align 8
  %".113" = getelementptr double, ptr %".4", i64 2
  %".114" = load double, ptr %".113", align 8
  %".115" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".114", i32 0
  %".116" = shufflevector <4 x double> %".115", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".117" = fadd <4 x double> %".63", %".116"
  %".118" = getelementptr double, ptr %".5", i64 8
  store <4 x double> %".117", ptr %".118", align 8
  %".120" = fadd <4 x double> %".63", %".116"
  %".121" = fcmp ogt <4 x double> %".120", splat (double              0x0)
  %".122" = fmul <4 x double> splat (double 0x3f847ae147ae147b), %".120"
  %".123" = select  <4 x i1> %".121", <4 x double> %".120", <4 x double> %".122"
  %".124" = getelementptr double, ptr %".6", i64 8
  store <4 x double> %".123", ptr %".124", align 8
  %".126" = getelementptr double, ptr %".4", i64 2
  %".127" = load double, ptr %".126", align 8
  %".128" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".127", i32 0
  %".129" = shufflevector <4 x double> %".128", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".130" = fadd <4 x double> %".64", %".129"
  %".131" = getelementptr double, ptr %".5", i64 20
  store <4 x double> %".130", ptr %".131", align 8
  %".133" = fadd <4 x double> %".64", %".129"
  %".134" = fcmp ogt <4 x double> %".133", splat (double              0x0)
  %".135" = fmul <4 x double> splat (double 0x3f847ae147ae147b), %".133"
  %".136" = select  <4 x i1> %".134", <4 x double> %".133", <4 x double> %".135"
  %".137" = getelementptr double, ptr %".6", i64 20
  store <4 x double> %".136", ptr %".137", align 8
  %".139" = add i64 %"tile", 1
  %".140" = icmp slt i64 %".139", %".8"
  br i1 %".140", label %"tile.body", label %"tile.end"
tile.end:
  ret void
}

declare <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".1", <4 x double> %".2", <4 x double> %".3")

define internal void @"k3.contraction"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"tile.body", label %"tile.end"
tile.body:
  %"tile" = phi  i64 [%".5", %"entry"], [%".56", %"tile.body"]
  %".10" = mul i64 %"tile", 3
  %".11" = getelementptr double, ptr %".2", i64 %".10"
  %".12" = call ptr asm  "", "=r,0"(ptr %".11")
  %".13" = call ptr asm  "", "=r,0"(ptr %".3")
  %".14" = load double, ptr %".12", align 8
  %".15" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".14", i32 0
  %".16" = shufflevector <4 x double> %".15", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".17" = load <4 x double>, ptr %".13", align 8
  %".18" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".17", <4 x double> %".16", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".19" = getelementptr double, ptr %".13", i64 12
  %".20" = load <4 x double>, ptr %".19", align 8
  %".21" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".20", <4 x double> %".16", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".22" = call ptr asm  "", "=r,0,v,v"(ptr %".11", <4 x double> %".18", <4 x double> %".21")
  %".23" = call ptr asm  "", "=r,0,v,v"(ptr %".3", <4 x double> %".18", <4 x double> %".21")
  %".24" = getelementptr double, ptr %".22", i64 1
  %".25" = load double, ptr %".24", align 8
  %".26" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".25", i32 0
  %".27" = shufflevector <4 x double> %".26", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".28" = getelementptr double, ptr %".23", i64 4
  %".29" = load <4 x double>, ptr %".28", align 8
  %".30" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".29", <4 x double> %".27", <4 x double> %".18")
  %".31" = getelementptr double, ptr %".23", i64 16
  %".32" = load <4 x double>, ptr %".31", align 8
  %".33" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".32", <4 x double> %".27", <4 x double> %".21")
  %".34" = call ptr asm  "", "=r,0,v,v"(ptr %".11", <4 x double> %".30", <4 x double> %".33")
  %".35" = call ptr asm  "", "=r,0,v,v"(ptr %".3", <4 x double> %".30", <4 x double> %".33")
  %".36" = getelementptr double, ptr %".34", i64 2
  %".37" = load double, ptr %".36", align 8
  %".38" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".37", i32 0
  %".39" = shufflevector <4 x double> %".38", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".40" = getelementptr double, ptr %".35", i64 8
  %".41" = load <4 x double>, ptr %".40", align 8
  %".42" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".41", <4 x double> %".39", <4 x double> %".30")
  %".43" = getelementptr double, ptr %".35", i64 20
  %".44" = load <4 x double>, ptr %".43", align 8
  %".45" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".44", <4 x double> %".39", <4 x double> %".33")
  %".46" = call {<4 x double>, <4 x double>} asm  "", "=v,=v,0,1"(<4 x double> %".42", <4 x double> %".45")
  %".47" = extractvalue {<4 x double>, <4 x double>} %".46", 0
  %".48" = extractvalue {<4 x double>, <4 x double>} %".46", 1
  %".49" = mul i64 %"tile", 4
  %".50" = getelementptr double, ptr %".4", i64 %".49"
  store <4 x double> %".47", ptr %".50", align 8
  %".52" = mul i64 %"tile", 4
  %".53" = add i64 %".52", 4
  %".54" = getelementptr double, ptr %".4", i64 %".53"
  store <4 x double> %".48", ptr %".54", align 8
  %".56" = add i64 %"tile", 1
  %".57" = icmp slt i64 %".56", %".6"
  br i1 %".57", label %"tile.body", label %"tile.end"
tile.end:
  ret void
}

define internal void @"k4.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", ptr noalias %".6", i64 %".7", i64 %".8") noinline nounwind
{
entry:
  %".10" = icmp slt i64 %".7", %".8"
  br i1 %".10", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".7", %"entry"], [%".49", %"o.end"]
  %".12" = add i64 0, 1
  %".13" = icmp slt i64 0, %".12"
  br i1 %".13", label %"o.body", label %"o.end"
part.end:
  ret void
o.body:
  %"o" = phi  i64 [0, %"part.body"], [%".46", %"o.body"]
  %".15" = mul i64 %"part", 4
  %".16" = mul i64 %"o", 4
  %".17" = add i64 %".15", %".16"
  %".18" = getelementptr double, ptr %".2", i64 %".17"
  %".19" = load <4 x double>, ptr %".18", align 8
  %".20" = getelementptr double, ptr %".3", i64 %"o"
  %".21" = load double, ptr %".20", align 8
  %".22" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".21", i32 0
  %".23" = shufflevector <4 x double> %".22", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".24" = mul i64 %"part", 4
  %".25" = mul i64 %"o", 4
  %".26" = add i64 %".24", %".25"
  %".27" = getelementptr double, ptr %".4", i64 %".26"
  %".28" = load <4 x double>, ptr %".27", align 8
  %".29" = fadd <4 x double> %".19", %".23"
  %".30" = fsub <4 x double> %".29", %".28"
  %".31" = fmul <4 x double> %".30", %".30"
  %".32" = mul i64 %"part", 4
  %".33" = mul i64 %"o", 4
  %".34" = add i64 %".32", %".33"
  %".35" = getelementptr double, ptr %".5", i64 %".34"
  store <4 x double> %".31", ptr %".35", align 8
  %".37" = fadd <4 x double> %".19", %".23"
  %".38" = fsub <4 x double> %".37", %".28"
  %".39" = fmul <4 x double> splat (double 0x4000000000000000), %".38"
  %".40" = fmul <4 x double> splat (double 0x3fc999999999999a), %".39"
  %".41" = mul i64 %"part", 4
  %".42" = mul i64 %"o", 4
  %".43" = add i64 %".41", %".42"
  %".44" = getelementptr double, ptr %".6", i64 %".43"
  store <4 x double> %".40", ptr %".44", align 8
  %".46" = add i64 %"o", 1
  %".47" = icmp slt i64 %".46", %".12"
  br i1 %".47", label %"o.body", label %"o.end"
o.end:
  %".49" = add i64 %"part", 1
  %".50" = icmp slt i64 %".49", %".8"
  br i1 %".50", label %"part.body", label %"part.end"
}

define internal void @"k5.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".40", %"r.end"]
  br label %"r.body"
part.end:
  ret void
r.body:
  %".10" = phi  i64 [0, %"part.body"], [%".28", %"r.body"]
  %".11" = phi  <4 x double> [<double              0x0, double              0x0, double              0x0, double              0x0>, %"part.body"], [%".27", %"r.body"]
  %".12" = mul i64 %".10", 4
  %".13" = sub i64 5, %".12"
  %".14" = icmp slt i64 %".13", 4
  %".15" = select  i1 %".14", i64 %".13", i64 4
  %".16" = insertelement <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".15", i32 0
  %".17" = shufflevector <4 x i64> %".16", <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".18" = icmp slt <4 x i64> <i64 0, i64 1, i64 2, i64 3>, %".17"
  %".19" = sext <4 x i1> %".18" to <4 x i64>
  %".20" = call <4 x i64> asm  "", "=v,0"(<4 x i64> %".19")
  %".21" = mul i64 %".10", 4
  %".22" = getelementptr double, ptr %".2", i64 %".21"
  %".23" = load <4 x double>, ptr %".22", align 8
  %".24" = bitcast <4 x double> %".23" to <4 x i64>
  %".25" = and <4 x i64> %".24", %".20"
  %".26" = bitcast <4 x i64> %".25" to <4 x double>
  %".27" = fadd <4 x double> %".11", %".26"
  %".28" = add i64 %".10", 1
  %".29" = icmp slt i64 %".28", 2
  br i1 %".29", label %"r.body", label %"r.end"
r.end:
  %".31" = shufflevector <4 x double> %".27", <4 x double> <double undef, double undef, double undef, double undef>, <2 x i32> <i32 0, i32 1>
  %".32" = shufflevector <4 x double> %".27", <4 x double> <double undef, double undef, double undef, double undef>, <2 x i32> <i32 2, i32 3>
  %".33" = fadd <2 x double> %".31", %".32"
  %".34" = shufflevector <2 x double> %".33", <2 x double> <double undef, double undef>, <1 x i32> <i32 0>
  %".35" = shufflevector <2 x double> %".33", <2 x double> <double undef, double undef>, <1 x i32> <i32 1>
  %".36" = fadd <1 x double> %".34", %".35"
  %".37" = extractelement <1 x double> %".36", i32 0
  %".38" = fmul double %".37", 0x3fc999999999999a
  store double %".38", ptr %".3", align 8
  %".40" = add i64 %"part", 1
  %".41" = icmp slt i64 %".40", %".5"
  br i1 %".41", label %"part.body", label %"part.end"
}

define internal void @"k6.contraction"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", i64 %".6", i64 %".7") noinline nounwind
{
entry:
  %".9" = icmp slt i64 %".6", %".7"
  br i1 %".9", label %"tile.body", label %"tile.end"
tile.body:
  %"tile" = phi  i64 [%".6", %"entry"], [%".80", %"tile.body"]
  %".11" = call ptr asm  "", "=r,0"(ptr %".3")
  %".12" = call ptr asm  "", "=r,0"(ptr %".2")
  %".13" = load <4 x double>, ptr %".12", align 8
  %".14" = getelementptr double, ptr %".12", i64 4
  %".15" = load <4 x double>, ptr %".14", align 8
  %".16" = load double, ptr %".11", align 8
  %".17" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".16", i32 0
  %".18" = shufflevector <4 x double> %".17", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".19" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".18", <4 x double> %".13", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".20" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".18", <4 x double> %".15", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".21" = getelementptr double, ptr %".11", i64 1
  %".22" = load double, ptr %".21", align 8
  %".23" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".22", i32 0
  %".24" = shufflevector <4 x double> %".23", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".25" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".24", <4 x double> %".13", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".26" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".24", <4 x double> %".15", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".27" = getelementptr double, ptr %".11", i64 2
  %".28" = load double, ptr %".27", align 8
  %".29" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".28", i32 0
  %".30" = shufflevector <4 x double> %".29", <4 x double> <double undef, double undef, double undef, double undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".31" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".30", <4 x double> %".13", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".32" = call <4 x double> @"llvm.fmuladd.v4f64"(<4 x double> %".30", <4 x double> %".15", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>)
  %".33" = call {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} asm  "", "=v,=v,=v,=v,=v,=v,0,1,2,3,4,5"(<4 x double> %".19", <4 x double> %".20", <4 x double> %".25", <4 x double> %".26", <4 x double> %".31", <4 x double> %".32")
  %".34" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".33", 0
  %".35" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".33", 1
  %".36" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".33", 2
  %".37" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".33", 3
  %".38" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".33", 4
  %".39" = extractvalue {<4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>, <4 x double>} %".33", 5
  %".40" = load <4 x double>, ptr %".4", align 8
  %".41" = fcmp ogt <4 x double> %".40", splat (double              0x0)
  %".42" = select  <4 x i1> %".41", <4 x double> splat (double 0x3ff0000000000000), <4 x double> splat (double 0x3f847ae147ae147b)
  %".43" = fmul <4 x double> %".34", %".42"
  store <4 x double> %".43", ptr %".5", align 8
  %".45" = getelementptr double, ptr %".4", i64 12
  %".46" = load <4 x double>, ptr %".45", align 8
  %".47" = fcmp ogt <4 x double> %".46", splat (double              0x0)
  %".48" = select  <4 x i1> %".47", <4 x double> splat (double 0x3ff0000000000000), <4 x double> splat (double 0x3f847ae147ae147b)
  %".49" = fmul <4 x double> %".35", %".48"
  %".50" = getelementptr double, ptr %".5", i64 12
  store <4 x double> %".49", ptr %".50", align 8
  %".52" = getelementptr double, ptr %".4", i64 4
  %".53" = load <4 x double>, ptr %".52", align 8
  %".54" = fcmp ogt <4 x double> %".53", splat (double              0x0)
  %".55" = select  <4 x i1> %".54", <4 x double> splat (double 0x3ff0000000000000), <4 x double> splat (double 0x3f847ae147ae147b)
  %".56" = fmul <4 x double> %".36", %".55"
  %".57" = getelementptr double, ptr %".5", i64 4
  store <4 x double> %".56", ptr %".57", align 8
  %".59" = getelementptr double, ptr %".4", i64 16
  %".60" = load <4 x double>, ptr %".59", align 8
  %".61" = fcmp ogt <4 x double> %".60", splat (double              0x0)
  %".62" = select  <4 x i1> %".61", <4 x double> splat (double 0x3ff0000000000000), <4 x double> splat (double 0x3f847ae147ae147b)
  %".63" = fmul <4 x double> %".37", %".62"
  %".64" = getelementptr double, ptr %".5", i64 16
  store <4 x double> %".63", ptr %".64", align 8
  %".66" = getelementptr double, ptr %".4", i64 8
  %".67" = load <4 x double>, ptr %".66", align 8
  %".68" = fcmp ogt <4 x double> %".67", splat (double              0x0)
  %".69" = select  <4 x i1> %".68", <4 x double> splat (double 0x3ff0000000000000), <4 x double> splat (double 0x3f847ae147ae147b)
  %".70" = fmul <4 x double> %".38", %".69"
  %".71" = getelementptr double, ptr %".5", i64 8
  store <4 x double> %".70", ptr %".71", align 8
  %".73" = getelementptr double, ptr %".4", i64 20
  %".74" = load <4 x double>, ptr %".73", align 8
  %".75" = fcmp ogt <4 x double> %".74", splat (double              0x0)
  %".76" = select  <4 x i1> %".75", <4 x double> splat (double 0x3ff0000000000000), <4 x double> splat (double 0x3f847ae147ae147b)
  %".77" = fmul <4 x double> %".39", %".76"
  %".78" = getelementptr double, ptr %".5", i64 20
  store <4 x double> %".77", ptr %".78", align 8
  %".80" = add i64 %"tile", 1
  %".81" = icmp slt i64 %".80", %".7"
  br i1 %".81", label %"tile.body", label %"tile.end"
tile.end:
  ret void
}

define internal void @"k7.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".98", %"o.end"]
  %".10" = add i64 %"part", 1
  %".11" = icmp slt i64 %"part", %".10"
  br i1 %".11", label %"o.body", label %"o.end"
part.end:
  ret void
o.body:
  %"o" = phi  i64 [%"part", %"part.body"], [%".95", %"i.end"]
  br label %"i.body"
o.end:
  %".98" = add i64 %"part", 1
  %".99" = icmp slt i64 %".98", %".6"
  br i1 %".99", label %"part.body", label %"part.end"
i.body:
  %"i" = phi  i64 [0, %"o.body"], [%".92", %"r.end"]
  br label %"r.body"
i.end:
  %".95" = add i64 %"o", 1
  %".96" = icmp slt i64 %".95", %".10"
  br i1 %".96", label %"o.body", label %"o.end"
r.body:
  %".15" = phi  i64 [0, %"i.body"], [%".77", %"r.body"]
  %".16" = phi  <4 x double> [<double              0x0, double              0x0, double              0x0, double              0x0>, %"i.body"], [%".76", %"r.body"]
  %".17" = phi  double [             0x0, %"i.body"], [%".17", %"r.body"]
  %".18" = mul i64 %".15", 12
  %".19" = mul i64 %"o", 4
  %".20" = add i64 %".18", %".19"
  %".21" = getelementptr double, ptr %".2", i64 %".20"
  %".22" = load <4 x double>, ptr %".21", align 8
  %".23" = mul i64 %".15", 4
  %".24" = icmp slt i64 %".23", 5
  %".25" = mul i64 %".15", 8
  %".26" = add i64 %".25", %"i"
  %".27" = select  i1 %".24", i64 %".26", i64 0
  %".28" = getelementptr double, ptr %".3", i64 %".27"
  %".29" = load double, ptr %".28", align 8
  %".30" = select  i1 %".24", double %".29", double              0x0
  %".31" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".30", i32 0
  %".32" = insertelement <4 x i1> <i1 undef, i1 undef, i1 undef, i1 undef>, i1 %".24", i32 0
  %".33" = mul i64 %".15", 4
  %".34" = add i64 %".33", 1
  %".35" = icmp slt i64 %".34", 5
  %".36" = mul i64 %".15", 8
  %".37" = add i64 %".36", %"i"
  %".38" = add i64 %".37", 2
  %".39" = select  i1 %".35", i64 %".38", i64 0
  %".40" = getelementptr double, ptr %".3", i64 %".39"
  %".41" = load double, ptr %".40", align 8
  %".42" = select  i1 %".35", double %".41", double              0x0
  %".43" = insertelement <4 x double> %".31", double %".42", i32 1
  %".44" = insertelement <4 x i1> %".32", i1 %".35", i32 1
  %".45" = mul i64 %".15", 4
  %".46" = add i64 %".45", 2
  %".47" = icmp slt i64 %".46", 5
  %".48" = mul i64 %".15", 8
  %".49" = add i64 %".48", %"i"
  %".50" = add i64 %".49", 4
  %".51" = select  i1 %".47", i64 %".50", i64 0
  %".52" = getelementptr double, ptr %".3", i64 %".51"
  %".53" = load double, ptr %".52", align 8
  %".54" = select  i1 %".47", double %".53", double              0x0
  %".55" = insertelement <4 x double> %".43", double %".54", i32 2
  %".56" = insertelement <4 x i1> %".44", i1 %".47", i32 2
  %".57" = mul i64 %".15", 4
  %".58" = add i64 %".57", 3
  %".59" = icmp slt i64 %".58", 5
  %".60" = mul i64 %".15", 8
  %".61" = add i64 %".60", %"i"
  %".62" = add i64 %".61", 6
  %".63" = select  i1 %".59", i64 %".62", i64 0
  %".64" = getelementptr double, ptr %".3", i64 %".63"
  %".65" = load double, ptr %".64", align 8
  %".66" = select  i1 %".59", double %".65", double              0x0
  %".67" = insertelement <4 x double> %".55", double %".66", i32 3
  %".68" = insertelement <4 x i1> %".56", i1 %".59", i32 3
  %".69" = fmul <4 x double> %".22", %".67"
  %".70" = mul i64 %".15", 4
  %".71" = sub i64 5, %".70"
  %".72" = insertelement <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".71", i32 0
  %".73" = shufflevector <4 x i64> %".72", <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".74" = icmp slt <4 x i64> <i64 0, i64 1, i64 2, i64 3>, %".73"
  %".75" = select  <4 x i1> %".74", <4 x double> %".69", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>
  %".76" = fadd <4 x double> %".16", %".75"
  %".77" = add i64 %".15", 1
  %".78" = icmp slt i64 %".77", 2
  br i1 %".78", label %"r.body", label %"r.end"
r.end:
  %".80" = shufflevector <4 x double> %".76", <4 x double> <double undef, double undef, double undef, double undef>, <2 x i32> <i32 0, i32 1>
  %".81" = shufflevector <4 x double> %".76", <4 x double> <double undef, double undef, double undef, double undef>, <2 x i32> <i32 2, i32 3>
  %".82" = fadd <2 x double> %".80", %".81"
  %".83" = shufflevector <2 x double> %".82", <2 x double> <double undef, double undef>, <1 x i32> <i32 0>
  %".84" = shufflevector <2 x double> %".82", <2 x double> <double undef, double undef>, <1 x i32> <i32 1>
  %".85" = fadd <1 x double> %".83", %".84"
  %".86" = extractelement <1 x double> %".85", i32 0
  %".87" = fadd double %".86", %".17"
  %".88" = mul i64 %"o", 2
  %".89" = add i64 %".88", %"i"
  %".90" = getelementptr double, ptr %".4", i64 %".89"
  store double %".87", ptr %".90", align 8
  %".92" = add i64 %"i", 1
  %".93" = icmp slt i64 %".92", 2
  br i1 %".93", label %"i.body", label %"i.end"
}

define internal void @"k8.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".58", %"o.end"]
  %".9" = add i64 %"part", 1
  %".10" = icmp slt i64 %"part", %".9"
  br i1 %".10", label %"o.body", label %"o.end"
part.end:
  ret void
o.body:
  %"o" = phi  i64 [%"part", %"part.body"], [%".55", %"o.body"]
  %".12" = mul i64 0, 4
  %".13" = sub i64 5, %".12"
  %".14" = icmp slt i64 %".13", 4
  %".15" = select  i1 %".14", i64 %".13", i64 4
  %".16" = insertelement <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".15", i32 0
  %".17" = shufflevector <4 x i64> %".16", <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".18" = icmp slt <4 x i64> <i64 0, i64 1, i64 2, i64 3>, %".17"
  %".19" = sext <4 x i1> %".18" to <4 x i64>
  %".20" = call <4 x i64> asm  "", "=v,0"(<4 x i64> %".19")
  %".21" = mul i64 %"o", 4
  %".22" = getelementptr double, ptr %".2", i64 %".21"
  %".23" = load <4 x double>, ptr %".22", align 8
  %".24" = bitcast <4 x double> %".23" to <4 x i64>
  %".25" = and <4 x i64> %".24", %".20"
  %".26" = bitcast <4 x i64> %".25" to <4 x double>
  %".27" = fadd <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>, %".26"
  %".28" = mul i64 1, 4
  %".29" = sub i64 5, %".28"
  %".30" = icmp slt i64 %".29", 4
  %".31" = select  i1 %".30", i64 %".29", i64 4
  %".32" = insertelement <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".31", i32 0
  %".33" = shufflevector <4 x i64> %".32", <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".34" = icmp slt <4 x i64> <i64 0, i64 1, i64 2, i64 3>, %".33"
  %".35" = sext <4 x i1> %".34" to <4 x i64>
  %".36" = call <4 x i64> asm  "", "=v,0"(<4 x i64> %".35")
  %".37" = mul i64 %"o", 4
  %".38" = add i64 %".37", 12
  %".39" = getelementptr double, ptr %".2", i64 %".38"
  %".40" = load <4 x double>, ptr %".39", align 8
  %".41" = bitcast <4 x double> %".40" to <4 x i64>
  %".42" = and <4 x i64> %".41", %".36"
  %".43" = bitcast <4 x i64> %".42" to <4 x double>
  %".44" = fadd <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>, %".43"
  %".45" = fadd <4 x double> %".27", %".44"
  %".46" = shufflevector <4 x double> %".45", <4 x double> <double undef, double undef, double undef, double undef>, <2 x i32> <i32 0, i32 1>
  %".47" = shufflevector <4 x double> %".45", <4 x double> <double undef, double undef, double undef, double undef>, <2 x i32> <i32 2, i32 3>
  %".48" = fadd <2 x double> %".46", %".47"
  %".49" = shufflevector <2 x double> %".48", <2 x double> <double undef, double undef>, <1 x i32> <i32 0>
  %".50" = shufflevector <2 x double> %".48", <2 x double> <double undef, double undef>, <1 x i32> <i32 1>
  %".51" = fadd <1 x double> %".49", %".50"
  %".52" = extractelement <1 x double> %".51", i32 0
  %".53" = getelementptr double, ptr %".3", i64 %"o"
  store double %".52", ptr %".53", align 8
  %".55" = add i64 %"o", 1
  %".56" = icmp slt i64 %".55", %".9"
  br i1 %".56", label %"o.body", label %"o.end"
o.end:
  %".58" = add i64 %"part", 1
  %".59" = icmp slt i64 %".58", %".5"
  br i1 %".59", label %"part.body", label %"part.end"
}

define internal void @"k9.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".38", %"a1.end"]
  %".9" = udiv i64 %"part", 3
  %".10" = urem i64 %"part", 3
  %".11" = add i64 %".10", 1
  %".12" = icmp slt i64 %".10", %".11"
  br i1 %".12", label %"a1.body", label %"a1.end"
part.end:
  ret void
a1.body:
  %"a1" = phi  i64 [%".10", %"part.body"], [%".35", %"a0.lane.end"]
  %".14" = mul i64 %".9", 4
  %".15" = sub i64 5, %".14"
  %".16" = icmp slt i64 %".15", 4
  %".17" = select  i1 %".16", i64 %".15", i64 4
  %".18" = icmp slt i64 0, %".17"
  br i1 %".18", label %"a0.lane.body", label %"a0.lane.end"
a1.end:
  %".38" = add i64 %"part", 1
  %".39" = icmp slt i64 %".38", %".5"
  br i1 %".39", label %"part.body", label %"part.end"
a0.lane.body:
  %"a0.lane" = phi  i64 [0, %"a1.body"], [%".32", %"a0.lane.body"]
  %".20" = mul i64 %".9", 12
  %".21" = add i64 %".20", %"a0.lane"
  %".22" = mul i64 %"a1", 4
  %".23" = add i64 %".21", %".22"
  %".24" = getelementptr double, ptr %".2", i64 %".23"
  %".25" = load double, ptr %".24", align 8
  %".26" = mul i64 %".9", 12
  %".27" = mul i64 %"a0.lane", 3
  %".28" = add i64 %".26", %".27"
  %".29" = add i64 %".28", %"a1"
  %".30" = getelementptr double, ptr %".3", i64 %".29"
  store double %".25", ptr %".30", align 8
  %".32" = add i64 %"a0.lane", 1
  %".33" = icmp slt i64 %".32", %".17"
  br i1 %".33", label %"a0.lane.body", label %"a0.lane.end"
a0.lane.end:
  %".35" = add i64 %"a1", 1
  %".36" = icmp slt i64 %".35", %".11"
  br i1 %".36", label %"a1.body", label %"a1.end"
}

define internal void @"k10.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".90", %"i.end"]
  %".10" = add i64 %"part", 1
  %".11" = icmp slt i64 %"part", %".10"
  br i1 %".11", label %"i.body", label %"i.end"
part.end:
  ret void
i.body:
  %"i" = phi  i64 [%"part", %"part.body"], [%".87", %"r.end"]
  br label %"r.body"
i.end:
  %".90" = add i64 %"part", 1
  %".91" = icmp slt i64 %".90", %".6"
  br i1 %".91", label %"part.body", label %"part.end"
r.body:
  %".14" = phi  i64 [0, %"i.body"], [%".74", %"r.body"]
  %".15" = phi  <4 x double> [<double              0x0, double              0x0, double              0x0, double              0x0>, %"i.body"], [%".73", %"r.body"]
  %".16" = phi  double [             0x0, %"i.body"], [%".16", %"r.body"]
  %".17" = mul i64 %".14", 4
  %".18" = getelementptr double, ptr %".2", i64 %".17"
  %".19" = load <4 x double>, ptr %".18", align 8
  %".20" = mul i64 %".14", 4
  %".21" = icmp slt i64 %".20", 5
  %".22" = mul i64 %".14", 12
  %".23" = add i64 %".22", %"i"
  %".24" = select  i1 %".21", i64 %".23", i64 0
  %".25" = getelementptr double, ptr %".3", i64 %".24"
  %".26" = load double, ptr %".25", align 8
  %".27" = select  i1 %".21", double %".26", double              0x0
  %".28" = insertelement <4 x double> <double undef, double undef, double undef, double undef>, double %".27", i32 0
  %".29" = insertelement <4 x i1> <i1 undef, i1 undef, i1 undef, i1 undef>, i1 %".21", i32 0
  %".30" = mul i64 %".14", 4
  %".31" = add i64 %".30", 1
  %".32" = icmp slt i64 %".31", 5
  %".33" = mul i64 %".14", 12
  %".34" = add i64 %".33", %"i"
  %".35" = add i64 %".34", 3
  %".36" = select  i1 %".32", i64 %".35", i64 0
  %".37" = getelementptr double, ptr %".3", i64 %".36"
  %".38" = load double, ptr %".37", align 8
  %".39" = select  i1 %".32", double %".38", double              0x0
  %".40" = insertelement <4 x double> %".28", double %".39", i32 1
  %".41" = insertelement <4 x i1> %".29", i1 %".32", i32 1
  %".42" = mul i64 %".14", 4
  %".43" = add i64 %".42", 2
  %".44" = icmp slt i64 %".43", 5
  %".45" = mul i64 %".14", 12
  %".46" = add i64 %".45", %"i"
  %".47" = add i64 %".46", 6
  %".48" = select  i1 %".44", i64 %".47", i64 0
  %".49" = getelementptr double, ptr %".3", i64 %".48"
  %".50" = load double, ptr %".49", align 8
  %".51" = select  i1 %".44", double %".50", double              0x0
  %".52" = insertelement <4 x double> %".40", double %".51", i32 2
  %".53" = insertelement <4 x i1> %".41", i1 %".44", i32 2
  %".54" = mul i64 %".14", 4
  %".55" = add i64 %".54", 3
  %".56" = icmp slt i64 %".55", 5
  %".57" = mul i64 %".14", 12
  %".58" = add i64 %".57", %"i"
  %".59" = add i64 %".58", 9
  %".60" = select  i1 %".56", i64 %".59", i64 0
  %".61" = getelementptr double, ptr %".3", i64 %".60"
  %".62" = load double, ptr %".61", align 8
  %".63" = select  i1 %".56", double %".62", double              0x0
  %".64" = insertelement <4 x double> %".52", double %".63", i32 3
  %".65" = insertelement <4 x i1> %".53", i1 %".56", i32 3
  %".66" = fmul <4 x double> %".19", %".64"
  %".67" = mul i64 %".14", 4
  %".68" = sub i64 5, %".67"
  %".69" = insertelement <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".68", i32 0
  %".70" = shufflevector <4 x i64> %".69", <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".71" = icmp slt <4 x i64> <i64 0, i64 1, i64 2, i64 3>, %".70"
  %".72" = select  <4 x i1> %".71", <4 x double> %".66", <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>
  %".73" = fadd <4 x double> %".15", %".72"
  %".74" = add i64 %".14", 1
  %".75" = icmp slt i64 %".74", 2
  br i1 %".75", label %"r.body", label %"r.end"
r.end:
  %".77" = shufflevector <4 x double> %".73", <4 x double> <double undef, double undef, double undef, double undef>, <2 x i32> <i32 0, i32 1>
  %".78" = shufflevector <4 x double> %".73", <4 x double> <double undef, double undef, double undef, double undef>, <2 x i32> <i32 2, i32 3>
  %".79" = fadd <2 x double> %".77", %".78"
  %".80" = shufflevector <2 x double> %".79", <2 x double> <double undef, double undef>, <1 x i32> <i32 0>
  %".81" = shufflevector <2 x double> %".79", <2 x double> <double undef, double undef>, <1 x i32> <i32 1>
  %".82" = fadd <1 x double> %".80", %".81"
  %".83" = extractelement <1 x double> %".82", i32 0
  %".84" = fadd double %".83", %".16"
  %".85" = getelementptr double, ptr %".4", i64 %"i"
  store double %".84", ptr %".85", align 8
  %".87" = add i64 %"i", 1
  %".88" = icmp slt i64 %".87", %".10"
  br i1 %".88", label %"i.body", label %"i.end"
}

define internal void @"k11.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".47", %"part.body"]
  %".9" = mul i64 0, 4
  %".10" = sub i64 5, %".9"
  %".11" = icmp slt i64 %".10", 4
  %".12" = select  i1 %".11", i64 %".10", i64 4
  %".13" = insertelement <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".12", i32 0
  %".14" = shufflevector <4 x i64> %".13", <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".15" = icmp slt <4 x i64> <i64 0, i64 1, i64 2, i64 3>, %".14"
  %".16" = sext <4 x i1> %".15" to <4 x i64>
  %".17" = call <4 x i64> asm  "", "=v,0"(<4 x i64> %".16")
  %".18" = load <4 x double>, ptr %".2", align 8
  %".19" = bitcast <4 x double> %".18" to <4 x i64>
  %".20" = and <4 x i64> %".19", %".17"
  %".21" = bitcast <4 x i64> %".20" to <4 x double>
  %".22" = fadd <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>, %".21"
  %".23" = mul i64 1, 4
  %".24" = sub i64 5, %".23"
  %".25" = icmp slt i64 %".24", 4
  %".26" = select  i1 %".25", i64 %".24", i64 4
  %".27" = insertelement <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, i64 %".26", i32 0
  %".28" = shufflevector <4 x i64> %".27", <4 x i64> <i64 undef, i64 undef, i64 undef, i64 undef>, <4 x i32> <i32 0, i32 0, i32 0, i32 0>
  %".29" = icmp slt <4 x i64> <i64 0, i64 1, i64 2, i64 3>, %".28"
  %".30" = sext <4 x i1> %".29" to <4 x i64>
  %".31" = call <4 x i64> asm  "", "=v,0"(<4 x i64> %".30")
  %".32" = getelementptr double, ptr %".2", i64 4
  %".33" = load <4 x double>, ptr %".32", align 8
  %".34" = bitcast <4 x double> %".33" to <4 x i64>
  %".35" = and <4 x i64> %".34", %".31"
  %".36" = bitcast <4 x i64> %".35" to <4 x double>
  %".37" = fadd <4 x double> <double              0x0, double              0x0, double              0x0, double              0x0>, %".36"
  %".38" = fadd <4 x double> %".22", %".37"
  %".39" = shufflevector <4 x double> %".38", <4 x double> <double undef, double undef, double undef, double undef>, <2 x i32> <i32 0, i32 1>
  %".40" = shufflevector <4 x double> %".38", <4 x double> <double undef, double undef, double undef, double undef>, <2 x i32> <i32 2, i32 3>
  %".41" = fadd <2 x double> %".39", %".40"
  %".42" = shufflevector <2 x double> %".41", <2 x double> <double undef, double undef>, <1 x i32> <i32 0>
  %".43" = shufflevector <2 x double> %".41", <2 x double> <double undef, double undef>, <1 x i32> <i32 1>
  %".44" = fadd <1 x double> %".42", %".43"
  %".45" = extractelement <1 x double> %".44", i32 0
  store double %".45", ptr %".3", align 8
  %".47" = add i64 %"part", 1
  %".48" = icmp slt i64 %".47", %".5"
  br i1 %".48", label %"part.body", label %"part.end"
part.end:
  ret void
}

