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
  %".9" = getelementptr i8, ptr %".1", i64 512
  %".10" = getelementptr i8, ptr %".1", i64 576
  %".11" = load ptr, ptr %".2"
  %".12" = getelementptr ptr, ptr %".2", i64 1
  %".13" = load ptr, ptr %".12"
  %".14" = getelementptr i8, ptr %".1", i64 640
  %".15" = getelementptr i8, ptr %".1", i64 640
  %".16" = getelementptr ptr, ptr %".2", i64 3
  %".17" = load ptr, ptr %".16"
  %".18" = getelementptr i8, ptr %".1", i64 704
  %".19" = getelementptr i8, ptr %".1", i64 704
  %".20" = getelementptr i8, ptr %".1", i64 256
  %".21" = getelementptr ptr, ptr %".2", i64 5
  %".22" = load ptr, ptr %".21"
  %".23" = getelementptr ptr, ptr %".2", i64 6
  %".24" = load ptr, ptr %".23"
  %".25" = getelementptr ptr, ptr %".2", i64 4
  %".26" = load ptr, ptr %".25"
  %".27" = add i64 %".4", 1
  %".28" = mul i64 %".4", 2
  %".29" = udiv i64 %".28", %".5"
  %".30" = mul i64 %".27", 2
  %".31" = udiv i64 %".30", %".5"
  call void @"k0.reduce"(ptr %".1", ptr %".8", ptr %".9", i64 %".29", i64 %".31")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".34" = add i64 %".4", 1
  %".35" = icmp sgt i64 %".4", 0
  %".36" = zext i1 %".35" to i64
  %".37" = icmp sgt i64 %".34", 0
  %".38" = zext i1 %".37" to i64
  call void @"k1.loops"(ptr %".1", ptr %".8", ptr %".9", ptr %".10", i64 %".36", i64 %".38")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".41" = add i64 %".4", 1
  %".42" = mul i64 %".4", 4
  %".43" = udiv i64 %".42", %".5"
  %".44" = mul i64 %".41", 4
  %".45" = udiv i64 %".44", %".5"
  call void @"k2.loops"(ptr %".1", ptr %".10", ptr %".11", ptr %".13", ptr %".8", ptr %".9", ptr %".14", i64 %".43", i64 %".45")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".48" = add i64 %".4", 1
  %".49" = mul i64 %".4", 4
  %".50" = udiv i64 %".49", %".5"
  %".51" = mul i64 %".48", 4
  %".52" = udiv i64 %".51", %".5"
  call void @"k3.loops"(ptr %".1", ptr %".15", ptr %".17", ptr %".18", i64 %".50", i64 %".52")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".55" = add i64 %".4", 1
  %".56" = mul i64 %".4", 4
  %".57" = udiv i64 %".56", %".5"
  %".58" = mul i64 %".55", 4
  %".59" = udiv i64 %".58", %".5"
  call void @"k4.loops"(ptr %".1", ptr %".19", ptr %".10", ptr %".8", ptr %".9", ptr %".1", ptr %".20", i64 %".57", i64 %".59")
  call void @"pullback_barrier"(ptr %".3", i64 %".4", i64 %".5")
  %".62" = add i64 %".4", 1
  %".63" = mul i64 %".4", 2
  %".64" = udiv i64 %".63", %".5"
  %".65" = mul i64 %".62", 2
  %".66" = udiv i64 %".65", %".5"
  call void @"k5.reduce"(ptr %".1", ptr %".20", ptr %".22", i64 %".64", i64 %".66")
  %".68" = add i64 %".4", 1
  %".69" = mul i64 %".4", 2
  %".70" = udiv i64 %".69", %".5"
  %".71" = mul i64 %".68", 2
  %".72" = udiv i64 %".71", %".5"
  call void @"k5.reduce"(ptr %".1", ptr %".1", ptr %".24", i64 %".70", i64 %".72")
  %".74" = add i64 %".4", 1
  %".75" = icmp sgt i64 %".4", 0
  %".76" = zext i1 %".75" to i64
  %".77" = icmp sgt i64 %".74", 0
  %".78" = zext i1 %".77" to i64
  call void @"k6.reduce"(ptr %".1", ptr %".15", ptr %".17", ptr %".26", i64 %".76", i64 %".78")
  ret void
}

define internal void @"k0.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".46", %"o.end"]
  %".9" = add i64 %"part", 1
  %".10" = icmp slt i64 %"part", %".9"
  br i1 %".10", label %"o.body", label %"o.end"
part.end:
  ret void
o.body:
  %"o" = phi  i64 [%"part", %"part.body"], [%".43", %"r.end"]
  br label %"r.body"
o.end:
  %".46" = add i64 %"part", 1
  %".47" = icmp slt i64 %".46", %".5"
  br i1 %".47", label %"part.body", label %"part.end"
r.body:
  %".13" = phi  i64 [0, %"o.body"], [%".32", %"r.body"]
  %".14" = phi  <2 x double> [<double              0x0, double              0x0>, %"o.body"], [%".23", %"r.body"]
  %".15" = phi  <2 x double> [<double              0x0, double              0x0>, %"o.body"], [%".31", %"r.body"]
  %".16" = mul i64 0, 2
  %".17" = mul i64 %".13", 8
  %".18" = mul i64 %"o", 4
  %".19" = add i64 %".17", %".18"
  %".20" = add i64 %".19", %".16"
  %".21" = getelementptr double, ptr %".2", i64 %".20"
  %".22" = load <2 x double>, ptr %".21", align 8
  %".23" = fadd <2 x double> %".14", %".22"
  %".24" = mul i64 1, 2
  %".25" = mul i64 %".13", 8
  %".26" = mul i64 %"o", 4
  %".27" = add i64 %".25", %".26"
  %".28" = add i64 %".27", %".24"
  %".29" = getelementptr double, ptr %".2", i64 %".28"
  %".30" = load <2 x double>, ptr %".29", align 8
  %".31" = fadd <2 x double> %".15", %".30"
  %".32" = add i64 %".13", 1
  %".33" = icmp slt i64 %".32", 4
  br i1 %".33", label %"r.body", label %"r.end"
r.end:
  %".35" = fadd <2 x double> %".23", %".31"
  %".36" = shufflevector <2 x double> %".35", <2 x double> <double undef, double undef>, <1 x i32> <i32 0>
  %".37" = shufflevector <2 x double> %".35", <2 x double> <double undef, double undef>, <1 x i32> <i32 1>
  %".38" = fadd <1 x double> %".36", %".37"
  %".39" = extractelement <1 x double> %".38", i32 0
  %".40" = fmul double %".39", 0x3fb0000000000000
  %".41" = getelementptr double, ptr %".3", i64 %"o"
  store double %".40", ptr %".41", align 8
  %".43" = add i64 %"o", 1
  %".44" = icmp slt i64 %".43", %".9"
  br i1 %".44", label %"o.body", label %"o.end"
}

define internal void @"k1.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".54", %"o.block.end"]
  %".10" = add i64 %"part", 1
  %".11" = icmp slt i64 %"part", %".10"
  br i1 %".11", label %"o.block.body", label %"o.block.end"
part.end:
  ret void
o.block.body:
  %"o.block" = phi  i64 [%"part", %"part.body"], [%".51", %"r.end"]
  %".13" = mul i64 %"o.block", 2
  br label %"r.body"
o.block.end:
  %".54" = add i64 %"part", 1
  %".55" = icmp slt i64 %".54", %".6"
  br i1 %".55", label %"part.body", label %"part.end"
r.body:
  %".15" = phi  i64 [0, %"o.block.body"], [%".45", %"r.end.1"]
  %".16" = phi  <2 x double> [<double              0x0, double              0x0>, %"o.block.body"], [%".41", %"r.end.1"]
  br label %"r.body.1"
r.end:
  %".48" = fmul <2 x double> %".41", splat (double 0x3fb0000000000000)
  %".49" = getelementptr double, ptr %".4", i64 %".13"
  store <2 x double> %".48", ptr %".49", align 8
  %".51" = add i64 %"o.block", 1
  %".52" = icmp slt i64 %".51", %".10"
  br i1 %".52", label %"o.block.body", label %"o.block.end"
r.body.1:
  %".18" = phi  i64 [0, %"r.body"], [%".42", %"r.body.1"]
  %".19" = phi  <2 x double> [%".16", %"r.body"], [%".41", %"r.body.1"]
  %".20" = mul i64 %".15", 8
  %".21" = mul i64 %".13", 4
  %".22" = add i64 %".20", %".21"
  %".23" = add i64 %".22", %".18"
  %".24" = getelementptr double, ptr %".2", i64 %".23"
  %".25" = load double, ptr %".24", align 8
  %".26" = insertelement <2 x double> <double undef, double undef>, double %".25", i32 0
  %".27" = insertelement <2 x i1> <i1 undef, i1 undef>, i1 1, i32 0
  %".28" = mul i64 %".15", 8
  %".29" = mul i64 %".13", 4
  %".30" = add i64 %".28", %".29"
  %".31" = add i64 %".30", %".18"
  %".32" = add i64 %".31", 4
  %".33" = getelementptr double, ptr %".2", i64 %".32"
  %".34" = load double, ptr %".33", align 8
  %".35" = insertelement <2 x double> %".26", double %".34", i32 1
  %".36" = insertelement <2 x i1> %".27", i1 1, i32 1
  %".37" = getelementptr double, ptr %".3", i64 %".13"
  %".38" = load <2 x double>, ptr %".37", align 8
  %".39" = fsub <2 x double> %".35", %".38"
  %".40" = fmul <2 x double> %".39", %".39"
  %".41" = fadd <2 x double> %".19", %".40"
  %".42" = add i64 %".18", 1
  %".43" = icmp slt i64 %".42", 4
  br i1 %".43", label %"r.body.1", label %"r.end.1"
r.end.1:
  %".45" = add i64 %".15", 1
  %".46" = icmp slt i64 %".45", 4
  br i1 %".46", label %"r.body", label %"r.end"
}

define internal void @"k2.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", ptr noalias %".6", ptr noalias %".7", i64 %".8", i64 %".9") noinline nounwind
{
entry:
  %".11" = icmp slt i64 %".8", %".9"
  br i1 %".11", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".8", %"entry"], [%".63", %"n.end"]
  %".13" = add i64 %"part", 1
  %".14" = icmp slt i64 %"part", %".13"
  br i1 %".14", label %"n.body", label %"n.end"
part.end:
  ret void
n.body:
  %"n" = phi  i64 [%"part", %"part.body"], [%".60", %"r.end"]
  %".16" = mul i64 0, 2
  br label %"r.body"
n.end:
  %".63" = add i64 %"part", 1
  %".64" = icmp slt i64 %".63", %".9"
  br i1 %".64", label %"part.body", label %"part.end"
r.body:
  %".18" = phi  i64 [0, %"n.body"], [%".52", %"r.body"]
  %".19" = phi  <2 x double> [<double              0x0, double              0x0>, %"n.body"], [%".51", %"r.body"]
  %".20" = mul i64 %"n", 8
  %".21" = mul i64 %".16", 4
  %".22" = add i64 %".20", %".21"
  %".23" = add i64 %".22", %".18"
  %".24" = getelementptr double, ptr %".5", i64 %".23"
  %".25" = load double, ptr %".24", align 8
  %".26" = insertelement <2 x double> <double undef, double undef>, double %".25", i32 0
  %".27" = insertelement <2 x i1> <i1 undef, i1 undef>, i1 1, i32 0
  %".28" = mul i64 %"n", 8
  %".29" = mul i64 %".16", 4
  %".30" = add i64 %".28", %".29"
  %".31" = add i64 %".30", %".18"
  %".32" = add i64 %".31", 4
  %".33" = getelementptr double, ptr %".5", i64 %".32"
  %".34" = load double, ptr %".33", align 8
  %".35" = insertelement <2 x double> %".26", double %".34", i32 1
  %".36" = insertelement <2 x i1> %".27", i1 1, i32 1
  %".37" = getelementptr double, ptr %".6", i64 %".16"
  %".38" = load <2 x double>, ptr %".37", align 8
  %".39" = getelementptr double, ptr %".2", i64 %".16"
  %".40" = load <2 x double>, ptr %".39", align 8
  %".41" = getelementptr double, ptr %".3", i64 %".16"
  %".42" = load <2 x double>, ptr %".41", align 8
  %".43" = getelementptr double, ptr %".4", i64 %".16"
  %".44" = load <2 x double>, ptr %".43", align 8
  %".45" = fsub <2 x double> %".35", %".38"
  %".46" = fadd <2 x double> %".40", splat (double 0x3ee4f8b588e368f1)
  %".47" = call <2 x double> @"llvm.sqrt.v2f64"(<2 x double> %".46")
  %".48" = fdiv <2 x double> %".45", %".47"
  %".49" = fmul <2 x double> %".48", %".42"
  %".50" = fadd <2 x double> %".49", %".44"
  %".51" = fadd <2 x double> %".19", %".50"
  %".52" = add i64 %".18", 1
  %".53" = icmp slt i64 %".52", 4
  br i1 %".53", label %"r.body", label %"r.end"
r.end:
  %".55" = fmul <2 x double> %".51", splat (double 0x3fd0000000000000)
  %".56" = mul i64 %"n", 2
  %".57" = add i64 %".56", %".16"
  %".58" = getelementptr double, ptr %".7", i64 %".57"
  store <2 x double> %".55", ptr %".58", align 8
  %".60" = add i64 %"n", 1
  %".61" = icmp slt i64 %".60", %".13"
  br i1 %".61", label %"n.body", label %"n.end"
}

declare <2 x double> @"llvm.sqrt.v2f64"(<2 x double> %".1")

define internal void @"k3.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".26", %"o.block.end"]
  %".10" = add i64 %"part", 1
  %".11" = icmp slt i64 %"part", %".10"
  br i1 %".11", label %"o.block.body", label %"o.block.end"
part.end:
  ret void
o.block.body:
  %"o.block" = phi  i64 [%"part", %"part.body"], [%".23", %"o.block.body"]
  %".13" = mul i64 %"o.block", 2
  %".14" = getelementptr double, ptr %".2", i64 %".13"
  %".15" = load <2 x double>, ptr %".14", align 8
  %".16" = getelementptr double, ptr %".3", i64 %".13"
  %".17" = load <2 x double>, ptr %".16", align 8
  %".18" = fsub <2 x double> %".15", %".17"
  %".19" = fmul <2 x double> splat (double 0x4000000000000000), %".18"
  %".20" = fmul <2 x double> splat (double 0x3fc0000000000000), %".19"
  %".21" = getelementptr double, ptr %".4", i64 %".13"
  store <2 x double> %".20", ptr %".21", align 8
  %".23" = add i64 %"o.block", 1
  %".24" = icmp slt i64 %".23", %".10"
  br i1 %".24", label %"o.block.body", label %"o.block.end"
o.block.end:
  %".26" = add i64 %"part", 1
  %".27" = icmp slt i64 %".26", %".6"
  br i1 %".27", label %"part.body", label %"part.end"
}

define internal void @"k4.loops"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", ptr noalias %".5", ptr noalias %".6", ptr noalias %".7", i64 %".8", i64 %".9") noinline nounwind
{
entry:
  %".11" = icmp slt i64 %".8", %".9"
  br i1 %".11", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".8", %"entry"], [%".67", %"n.end"]
  %".13" = add i64 %"part", 1
  %".14" = icmp slt i64 %"part", %".13"
  br i1 %".14", label %"n.body", label %"n.end"
part.end:
  ret void
n.body:
  %"n" = phi  i64 [%"part", %"part.body"], [%".64", %"o.end"]
  br label %"o.body"
n.end:
  %".67" = add i64 %"part", 1
  %".68" = icmp slt i64 %".67", %".9"
  br i1 %".68", label %"part.body", label %"part.end"
o.body:
  %"o" = phi  i64 [0, %"n.body"], [%".61", %"q.block.end"]
  br label %"q.block.body"
o.end:
  %".64" = add i64 %"n", 1
  %".65" = icmp slt i64 %".64", %".13"
  br i1 %".65", label %"n.body", label %"n.end"
q.block.body:
  %"q.block" = phi  i64 [0, %"o.body"], [%".58", %"q.block.body"]
  %".18" = mul i64 %"q.block", 2
  %".19" = mul i64 %"n", 2
  %".20" = add i64 %".19", %"o"
  %".21" = getelementptr double, ptr %".2", i64 %".20"
  %".22" = load double, ptr %".21", align 8
  %".23" = insertelement <2 x double> <double undef, double undef>, double %".22", i32 0
  %".24" = shufflevector <2 x double> %".23", <2 x double> <double undef, double undef>, <2 x i32> <i32 0, i32 0>
  %".25" = fmul <2 x double> %".24", splat (double 0x3fd0000000000000)
  %".26" = mul i64 %"n", 8
  %".27" = mul i64 %"o", 4
  %".28" = add i64 %".26", %".27"
  %".29" = add i64 %".28", %".18"
  %".30" = getelementptr double, ptr %".6", i64 %".29"
  store <2 x double> %".25", ptr %".30", align 8
  %".32" = mul i64 %"n", 8
  %".33" = mul i64 %"o", 4
  %".34" = add i64 %".32", %".33"
  %".35" = add i64 %".34", %".18"
  %".36" = getelementptr double, ptr %".4", i64 %".35"
  %".37" = load <2 x double>, ptr %".36", align 8
  %".38" = getelementptr double, ptr %".5", i64 %"o"
  %".39" = load double, ptr %".38", align 8
  %".40" = insertelement <2 x double> <double undef, double undef>, double %".39", i32 0
  %".41" = shufflevector <2 x double> %".40", <2 x double> <double undef, double undef>, <2 x i32> <i32 0, i32 0>
  %".42" = getelementptr double, ptr %".3", i64 %"o"
  %".43" = load double, ptr %".42", align 8
  %".44" = insertelement <2 x double> <double undef, double undef>, double %".43", i32 0
  %".45" = shufflevector <2 x double> %".44", <2 x double> <double undef, double undef>, <2 x i32> <i32 0, i32 0>
  %".46" = fmul <2 x double> %".24", splat (double 0x3fd0000000000000)
  %".47" = fsub <2 x double> %".37", %".41"
  %".48" = fadd <2 x double> %".45", splat (double 0x3ee4f8b588e368f1)
  %".49" = call <2 x double> @"llvm.sqrt.v2f64"(<2 x double> %".48")
  %".50" = fdiv <2 x double> %".47", %".49"
  %".51" = fmul <2 x double> %".46", %".50"
  %".52" = mul i64 %"n", 8
  %".53" = mul i64 %"o", 4
  %".54" = add i64 %".52", %".53"
  %".55" = add i64 %".54", %".18"
  %".56" = getelementptr double, ptr %".7", i64 %".55"
  store <2 x double> %".51", ptr %".56", align 8
  %".58" = add i64 %"q.block", 1
  %".59" = icmp slt i64 %".58", 2
  br i1 %".59", label %"q.block.body", label %"q.block.end"
q.block.end:
  %".61" = add i64 %"o", 1
  %".62" = icmp slt i64 %".61", 2
  br i1 %".62", label %"o.body", label %"o.end"
}

define internal void @"k5.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", i64 %".4", i64 %".5") noinline nounwind
{
entry:
  %".7" = icmp slt i64 %".4", %".5"
  br i1 %".7", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".4", %"entry"], [%".45", %"o.end"]
  %".9" = add i64 %"part", 1
  %".10" = icmp slt i64 %"part", %".9"
  br i1 %".10", label %"o.body", label %"o.end"
part.end:
  ret void
o.body:
  %"o" = phi  i64 [%"part", %"part.body"], [%".42", %"r.end"]
  br label %"r.body"
o.end:
  %".45" = add i64 %"part", 1
  %".46" = icmp slt i64 %".45", %".5"
  br i1 %".46", label %"part.body", label %"part.end"
r.body:
  %".13" = phi  i64 [0, %"o.body"], [%".32", %"r.body"]
  %".14" = phi  <2 x double> [<double              0x0, double              0x0>, %"o.body"], [%".23", %"r.body"]
  %".15" = phi  <2 x double> [<double              0x0, double              0x0>, %"o.body"], [%".31", %"r.body"]
  %".16" = mul i64 0, 2
  %".17" = mul i64 %".13", 8
  %".18" = mul i64 %"o", 4
  %".19" = add i64 %".17", %".18"
  %".20" = add i64 %".19", %".16"
  %".21" = getelementptr double, ptr %".2", i64 %".20"
  %".22" = load <2 x double>, ptr %".21", align 8
  %".23" = fadd <2 x double> %".14", %".22"
  %".24" = mul i64 1, 2
  %".25" = mul i64 %".13", 8
  %".26" = mul i64 %"o", 4
  %".27" = add i64 %".25", %".26"
  %".28" = add i64 %".27", %".24"
  %".29" = getelementptr double, ptr %".2", i64 %".28"
  %".30" = load <2 x double>, ptr %".29", align 8
  %".31" = fadd <2 x double> %".15", %".30"
  %".32" = add i64 %".13", 1
  %".33" = icmp slt i64 %".32", 4
  br i1 %".33", label %"r.body", label %"r.end"
r.end:
  %".35" = fadd <2 x double> %".23", %".31"
  %".36" = shufflevector <2 x double> %".35", <2 x double> <double undef, double undef>, <1 x i32> <i32 0>
  %".37" = shufflevector <2 x double> %".35", <2 x double> <double undef, double undef>, <1 x i32> <i32 1>
  %".38" = fadd <1 x double> %".36", %".37"
  %".39" = extractelement <1 x double> %".38", i32 0
  %".40" = getelementptr double, ptr %".3", i64 %"o"
  store double %".39", ptr %".40", align 8
  %".42" = add i64 %"o", 1
  %".43" = icmp slt i64 %".42", %".9"
  br i1 %".43", label %"o.body", label %"o.end"
}

define internal void @"k6.reduce"(ptr noalias %".1", ptr noalias %".2", ptr noalias %".3", ptr noalias %".4", i64 %".5", i64 %".6") noinline nounwind
{
entry:
  %".8" = icmp slt i64 %".5", %".6"
  br i1 %".8", label %"part.body", label %"part.end"
part.body:
  %"part" = phi  i64 [%".5", %"entry"], [%".51", %"part.body"]
  %".10" = mul i64 0, 2
  %".11" = getelementptr double, ptr %".2", i64 %".10"
  %".12" = load <2 x double>, ptr %".11", align 8
  %".13" = getelementptr double, ptr %".3", i64 %".10"
  %".14" = load <2 x double>, ptr %".13", align 8
  %".15" = fsub <2 x double> %".12", %".14"
  %".16" = fmul <2 x double> %".15", %".15"
  %".17" = fadd <2 x double> <double              0x0, double              0x0>, %".16"
  %".18" = mul i64 1, 2
  %".19" = getelementptr double, ptr %".2", i64 %".18"
  %".20" = load <2 x double>, ptr %".19", align 8
  %".21" = getelementptr double, ptr %".3", i64 %".18"
  %".22" = load <2 x double>, ptr %".21", align 8
  %".23" = fsub <2 x double> %".20", %".22"
  %".24" = fmul <2 x double> %".23", %".23"
  %".25" = fadd <2 x double> <double              0x0, double              0x0>, %".24"
  %".26" = mul i64 2, 2
  %".27" = getelementptr double, ptr %".2", i64 %".26"
  %".28" = load <2 x double>, ptr %".27", align 8
  %".29" = getelementptr double, ptr %".3", i64 %".26"
  %".30" = load <2 x double>, ptr %".29", align 8
  %".31" = fsub <2 x double> %".28", %".30"
  %".32" = fmul <2 x double> %".31", %".31"
  %".33" = fadd <2 x double> <double              0x0, double              0x0>, %".32"
  %".34" = mul i64 3, 2
  %".35" = getelementptr double, ptr %".2", i64 %".34"
  %".36" = load <2 x double>, ptr %".35", align 8
  %".37" = getelementptr double, ptr %".3", i64 %".34"
  %".38" = load <2 x double>, ptr %".37", align 8
  %".39" = fsub <2 x double> %".36", %".38"
  %".40" = fmul <2 x double> %".39", %".39"
  %".41" = fadd <2 x double> <double              0x0, double              0x0>, %".40"
  %".42" = fadd <2 x double> %".17", %".25"
  %".43" = fadd <2 x double> %".33", %".41"
  %".44" = fadd <2 x double> %".42", %".43"
  %".45" = shufflevector <2 x double> %".44", <2 x double> <double undef, double undef>, <1 x i32> <i32 0>
  %".46" = shufflevector <2 x double> %".44", <2 x double> <double undef, double undef>, <1 x i32> <i32 1>
  %".47" = fadd <1 x double> %".45", %".46"
  %".48" = extractelement <1 x double> %".47", i32 0
  %".49" = fmul double %".48", 0x3fc0000000000000
  store double %".49", ptr %".4", align 8
  %".51" = add i64 %"part", 1
  %".52" = icmp slt i64 %".51", %".6"
  br i1 %".52", label %"part.body", label %"part.end"
part.end:
  ret void
}

