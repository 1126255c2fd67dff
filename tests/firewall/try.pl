# SPDX-License-Identifier: ISC
# perl try.pl WALK DIR N SEED, in a network namespace of its own: N random rule sets, each
# tried by connections from a
# second namespace (which comes in by eth0) and to it.
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;
use Socket qw(SOL_SOCKET SO_ERROR);

my ( $walk, $dir, $n, $seed ) = @ARGV;
srand($seed);

# How long a packet that was let through may take.
my $patience = 0.25;
my @ours     = ( '192.0.2.20', '2001:db8::20' );
my @peers    = (
    [ '192.0.2.10',   '192.0.2.9',   '192.0.2.130' ],
    [ '2001:db8::10', '2001:db8::9', '2001:db8:0:0:1::1' ]
);
my @macs  = ( '02:00:00:00:00:01', '02:00:00:00:00:02' );
my @ports = ( 22, 80, 8022 );

sub run_ok { system(@_) == 0 or die "failed: @_\n" }
sub one    { $_[ rand @_ ] }
sub maybe  { rand() < $_[0] }

# --- Two namespaces ---

sub listen_all {
    return map {
        IO::Socket::IP->new(
            LocalHost => '::',
            LocalPort => $_,
            Listen    => 64,
            V6Only    => 0,
            ReuseAddr => 1
          )
          or die "port $_: $@\n"
    } @ports;
}

sub take_all {
    for my $l (@_) {
        while ( IO::Select->new($l)->can_read(0) ) {
            $l->accept or last;
        }
    }
}

# Who has which address is said beforehand: rules may keep out the packets that ask.
sub set_up {
    my ( $dev, $mac, $other_mac, $addresses, $others ) = @_;
    run_ok(qw(ip link set lo up));
    run_ok( 'ip', 'link', 'set', $dev, 'address', $mac );
    for my $a (@$addresses) {
        my $bits = $a =~ /:/ ? 32 : 24;
        run_ok( 'ip', 'address', 'add', "$a/$bits", 'dev', $dev, $a =~ /:/ ? 'nodad' : () );
    }
    run_ok( 'ip', 'link', 'set', $dev, 'up' );
    run_ok( 'ip', 'neighbour', 'replace', $_, 'lladdr', $other_mac, 'nud', 'permanent', 'dev',
        $dev )
      for @$others;
}

sub try_connect {
    my ( $from, $to, $port ) = @_;
    my $s =
      IO::Socket::IP->new( LocalHost => $from, PeerHost => $to, PeerPort => $port, Blocking => 0 )
      or return 0;
    return 0 unless IO::Select->new($s)->can_write($patience);
    return $s->getsockopt( SOL_SOCKET, SO_ERROR ) == 0 ? 1 : 0;
}

# The other side: it listens on the same ports, and connects as it is told.
pipe( my $order_r, my $order_w );
pipe( my $done_r,  my $done_w );
$_->autoflush(1) for $order_w, $done_w;
my $peer = fork() // die;
if ( $peer == 0 ) {
    close $order_w;
    syscall( 272, 0x40000000 ) == 0 or die "unshare: $!\n";
    print $done_w "there\n";
    <$order_r>;
    set_up( 'eth0', @macs[ 1, 0 ], [ map { @$_ } @peers ], \@ours );
    my @l = listen_all();
    print $done_w "up\n";
    while ( defined( my $line = <$order_r> ) ) {
        print $done_w try_connect( split ' ', $line ), "\n";
        take_all(@l);
    }
    exit 0;
}
close $order_r;
close $done_w;
<$done_r>;
run_ok( 'ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', $peer );
set_up( 'eth0', @macs, \@ours, [ map { @$_ } @peers ] );
my @listeners = listen_all();
print $order_w "up\n";
<$done_r>;

# --- Random rules ---

my ( $six, $undecidable );

sub address_word {
    my @p = @{ $peers[$six] };
    return $six
      ? one( @p, '2001:db8::/112', '2001:db8::8/126', '2001:db8:0:0:1::/80', '2001:db8::/32' )
      : one( @p, '192.0.2.8/30', '192.0.2.0/25', '192.0.2.128/25', '192.0.2.0/24', '0.0.0.0/1',
        '10.0.0.0/8' );
}

sub port_list {
    join ',',
      map { one( 22, 80, '20:25', '8000:9000', 443, '1:1023', '1024:65535' ) } 1 .. 1 + int rand 4;
}
sub not_ { maybe(0.2) ? ('!') : () }

# Matches of iptables; $in: of a chain that what comes in goes through.
sub iptables_match {
    my ($in) = @_;
    my $tcp = maybe(0.7);
    my @m;
    push @m, not_(), ( maybe(0.6) ? 1 : 0 ) == $in ? '-s' : '-d', address_word() if maybe(0.35);
    push @m, not_(), $in ? '-i' : '-o', one( 'eth0', 'lo', 'eth+', 'eth1', 'e+' ) if maybe(0.2);
    push @m, '-p',   'tcp' if $tcp;
    push @m, '-p',   'udp' if !$tcp && maybe(0.3);
    push @m, '-m', 'tcp', not_(), one( '--dport', '--dport', '--sport' ),
      one( 22, 80, '20:25', ':79', '1024:', '32768:60999' )
      if $tcp && maybe(0.5);
    push @m, '-m', 'multiport', not_(), one( '--dports', '--dports', '--sports', '--ports' ),
      port_list()
      if $tcp && maybe(0.25);
    push @m, '-m', 'tcp', not_(),
      one(
        ['--syn'],
        [ '--tcp-flags', 'SYN,ACK', 'SYN' ],
        [ '--tcp-flags', 'ALL',     'SYN,ACK' ],
        [ '--tcp-flags', 'ACK',     'ACK' ],
        [ '--tcp-flags', 'SYN,RST', 'NONE' ],
        [ '--tcp-flags', 'FIN,RST', 'NONE' ],
        [ '--tcp-flags', 'SYN,ACK', 'SYN,ACK' ],
        [ '--tcp-flags', 'ALL',     'NONE' ]
      )->@*
      if $tcp && maybe(0.2);
    push @m,
      one(
        '-m conntrack ! --ctstate',
        '-m conntrack --ctstate',
        '-m state --state',
        '-m state ! --state'
      ),
      one( 'NEW', 'ESTABLISHED', 'RELATED,ESTABLISHED', 'INVALID', 'NEW,ESTABLISHED', 'UNTRACKED' )
      if maybe(0.2);
    push @m, '-m set', not_(), '--match-set', ( $six ? 'six' : one( 'bad', 'nets', 'both' ) ) if 0;

    if ( maybe(0.12) ) {
        my $set = $six ? 'six' : one( 'bad', 'nets', 'pairs' );
        push @m, '-m', 'set', not_(), '--match-set', $set,
          $set eq 'pairs' ? one( 'src,dst', 'dst,dst', 'src,src' ) : one( 'src', 'dst' );
    }
    push @m, '-m', 'addrtype', not_(), one( '--dst-type', '--src-type' ),
      one( 'LOCAL', 'UNICAST', 'MULTICAST' )
      if maybe(0.08);
    push @m, '-m', 'iprange', not_(), one( '--src-range', '--dst-range' ),
      $six ? '2001:db8::1-2001:db8::9' : '192.0.2.1-192.0.2.9'
      if maybe(0.06);
    push @m, '-m', 'mark', not_(), '--mark', one( '0x0', '0x1', '0x1/0x3' ) if maybe(0.08);
    push @m, '-m', 'comment', '--comment', '"a -j DROP \"of\" words"' if maybe(0.1);
    push @m, '-m',
      one(
        'limit --limit 1/hour',
        'ttl --ttl-eq 7',
        'length --length 1:10',
        'physdev --physdev-in eth9'
      ) if !$six && maybe(0.05);
    return @m;
}

sub iptables_rules {
    my $text = "*raw\n";
    for my $hook ( 'PREROUTING', 'OUTPUT' ) {
        $text .= ":$hook " . ( maybe(0.03) ? 'DROP' : 'ACCEPT' ) . " [0:0]\n";
    }
    for my $hook ( 'PREROUTING', 'OUTPUT' ) {
        $text .= join( ' ',
            "-A $hook",
            iptables_match( $hook eq 'PREROUTING' ? 1 : 0 ),
            one( '-j ACCEPT', '-j DROP', '-j CT --notrack' ) )
          . "\n"
          if maybe(0.12);
    }
    $text .= "COMMIT\n";
    if ( maybe(0.3) ) {
        $text .=
"*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n";
        for my $hook ( 'PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING' ) {
            $text .= join( ' ',
                "-A $hook",
                iptables_match( $hook =~ /^(PRE|IN)/ ? 1 : 0 ),
                one( '-j ACCEPT', '-j DROP', '-j MARK --set-mark 0x1', '-j MARK --set-mark 0x1' ) )
              . "\n"
              if maybe(0.3);
        }
        $text .= "COMMIT\n";
    }
    my %policy = ( INPUT => maybe(0.3), OUTPUT => maybe(0.1) );
    my @own    = map { ( "in-$_", "out-$_" ) } 0 .. 2;
    $text .= "*filter\n";
    $text .= ":$_ " . ( $policy{$_} ? 'DROP' : 'ACCEPT' ) . " [0:0]\n" for sort keys %policy;
    $text .= ":$_ - [0:0]\n"                                           for @own;
    my @rules;
    for my $way ( 'in', 'out' ) {
        for my $c ( -1 .. 2 ) {
            my $name = $c == -1 ? ( $way eq 'in' ? 'INPUT' : 'OUTPUT' ) : "$way-$c";
            for ( 1 .. ( $way eq 'in' ? 4 : 2 ) * rand ) {
                my @jump = map { ( "-j $way-$_", "-j $way-$_", "-g $way-$_" ) } $c + 1 .. 2;
                my $deed = one( ('-j ACCEPT') x ( $way eq 'in' ? 2 : 4 ),
                    '-j DROP', '-j REJECT', '-j RETURN', '-j LOG', '', @jump );
                push @rules, join( ' ', "-A $name", iptables_match( $way eq 'in' ? 1 : 0 ), $deed );

         # One that meets the third packet of a connection would undo it: that is not what is asked.
                $rules[-1] .= ' --reject-with tcp-reset'
                  if $deed eq '-j REJECT'
                  && $rules[-1] =~ /[^!] -p tcp/
                  && $rules[-1] !~ /state|flags|syn/
                  && maybe(0.5);
            }
        }
    }
    return $text . join( "\n", @rules, 'COMMIT', '' );
}

sub nft_value {
    my @a =
      $six
      ? ( '2001:db8::10', '2001:db8::/112', '2001:db8::1-2001:db8::9', '2001:db8:0:0:1::/80' )
      : ( '192.0.2.10', '192.0.2.0/28', '192.0.2.1-192.0.2.9', '192.0.2.128/25' );
    my @p    = ( '22', '80', '20-25', '8000-9000' );
    my $kind = shift;
    return one( $kind eq 'port' ? @p : @a );
}

# Elements that do not overlap.
sub nft_set {
    my $kind = shift;
    my @v =
        $kind eq 'port' ? ( '22', '80', '20-21', '8000-9000' )
      : $six            ? ( '2001:db8::10', '2001:db8::1-2001:db8::9', '2001:db8:0:0:1::/80' )
      :                   ( '192.0.2.10', '192.0.2.1-192.0.2.9', '192.0.2.128/25' );
    my @some = grep { maybe(0.6) } @v;
    return '{ ' . join( ', ', @some ? @some : $v[0] ) . ' }';
}

sub nft_match {
    my ($in) = @_;
    my $ip   = $six ? 'ip6' : 'ip';
    my @all  = (
        sub {
            "$ip "
              . one( 'saddr',              'daddr' ) . ' '
              . one( '',                   '', '!= ' )
              . one( nft_value('address'), nft_set('address') );
        },
        sub { "$ip " . one( 'saddr', 'daddr' ) . ' ' . one( '', '!= ' ) . '@friends' },
        sub { one( 'ip', 'ip6' ) . one( ' saddr ', ' daddr ' ) . one( '', '!= ' ) . one('@wrong') },
        sub {
            'tcp '
              . one( 'dport',           'dport',         'sport' ) . ' '
              . one( '',                '',              '!= ', '' )
              . one( nft_value('port'), nft_set('port'), '1024-65535' );
        },
        sub { 'tcp dport ' . one( '<', '>', '<=', '>=' ) . ' ' . one( 22, 80, 21 ) },
        sub { 'th dport ' . nft_set('port') },
        sub { one( 'udp dport 22', 'udp dport != 22', 'icmp type echo-request' ) },
        sub { 'meta l4proto ' . one( 'tcp', '!= tcp', 'udp', '{ tcp, udp }', '!= { udp, icmp }' ) },
        sub { 'meta nfproto ' . one( 'ipv4', 'ipv6' ) },
        sub {
            one( 'iifname', 'oifname', 'iif', 'oif' ) . ' '
              . one( '',       '!= ' )
              . one( '"eth0"', '"lo"' );
        },
        sub {
            one( 'iifname', 'oifname' ) . ' '
              . one( '"eth*"', '{ "eth0", "lo" }', '!= "eth*"', '"wlan*"' );
        },
        sub {
            'ct state '
              . one(
                'new', '!= new', 'established,related', 'invalid',
                '{ new, established }', 'untracked', '!= established'
              );
        },
        sub {
            "$ip saddr . tcp dport { "
              . ( $six ? '2001:db8::10' : '192.0.2.10' )
              . ' . 22, '
              . ( $six ? '2001:db8::9' : '192.0.2.9' )
              . ' . 80 }';
        },
        sub { "$ip saddr . tcp dport " . one( '', '!= ' ) . '@pairs' },
        sub {
            'tcp flags '
              . one(
                'syn',
                '& (syn | ack) == syn',
                '& (fin | syn | rst | ack) == syn',
                '== syn',     '!= syn', 'ack', '& (syn | ack) == (syn | ack)',
                '& syn == 0', '& (syn | ack) != syn'
              );
        },
        sub { 'meta mark ' . one( '0x0', '0x1', '!= 0x1' ) },
        sub {
            'fib '
              . one( 'daddr', 'saddr' )
              . ' type '
              . one( 'local', 'unicast', 'multicast', '!= local' );
        },
        sub { 'fib saddr . iif oif ' . one( 'missing', 'exists' ) },
        sub { 'limit rate 1/hour' },
        sub { one( 'counter', 'log prefix "x"', 'ct mark 0' ) },
    );
    return join ' ', map { one(@all)->() } 1 .. rand 4;
}

sub nft_rules {
    my $family = one( 'inet', 'inet', $six ? 'ip6' : 'ip' );
    my $type   = $six ? 'ipv6_addr' : 'ipv4_addr';
    my $text   = '';
    for my $t ( 0 .. one( 0, 0, 1 ) ) {
        $text .= "table $family guard$t {\n\tset friends { type $type; flags interval; elements = "
          . nft_set('address') . "; }\n";
        $text .=
            "\tset pairs { type $type . inet_service; elements = { "
          . ( $six ? '2001:db8::10' : '192.0.2.10' )
          . " . 22 }; }\n";
        $text .=
"\tset wrong { type ipv4_addr; elements = { 192.0.2.10 }; }\n\tset wrong6 { type ipv6_addr; elements = { 2001:db8::10 }; }\n";
        for my $way ( 'in', 'out' ) {
            for my $c ( reverse 0 .. 2 ) {
                $text .= "\tchain $way-$c {\n" . nft_chain( $family, $way, $c ) . "\t}\n";
            }
        }
        for my $hook ( 'prerouting', 'input', 'output', 'postrouting' ) {
            next if maybe( $hook =~ /put/ ? 0.1 : 0.8 );
            my $priority = one( -300, -150, 0, 10 );
            my $policy   = maybe( $hook eq 'input' ? 0.3 : 0.1 ) ? 'drop' : 'accept';
            my $way      = $hook =~ /^(pre|in)/                  ? 'in'   : 'out';
            $text .=
              "\tchain $hook {\n\t\ttype filter hook $hook priority $priority; policy $policy;\n"
              . nft_chain( $family, $way, -1 ) . "\t}\n";
        }
        $text .= "}\n";
    }
    return $text;
}

sub nft_chain {
    my ( $family, $way, $c ) = @_;
    my $text = '';
    for ( 1 .. ( $way eq 'in' ? 4 : 2 ) * rand ) {
        my @chains = map { "$way-$_" } $c + 1 .. 2;
        my @jump   = map { ( "jump $_", "goto $_" ) } @chains;
        my $deed   = one(
            ('accept') x ( $way eq 'in' ? 2 : 4 ),
            'drop', 'reject', 'return', 'continue', 'meta mark set 0x1',
            '',     @jump
        );
        my @to = ( 'accept', 'drop', 'continue', 'return', map { "jump $_" } @chains );
        $deed = one(
            'tcp dport vmap { 22 : '
              . one(@to)
              . ', 80 : '
              . one(@to)
              . ', 8000-9000 : '
              . one(@to) . ' }',
            'ct state vmap { established : '
              . one( 'accept', @to )
              . ', new : '
              . one(@to)
              . ', invalid : drop }',
            'iifname vmap { "lo" : accept, "eth0" : ' . one(@to) . ' }',
            'meta l4proto vmap { tcp : ' . one(@to) . ', udp : drop }'
        ) if maybe(0.15);
        $deed = 'notrack' if $c == -1 && maybe(0.02);
        my $match = nft_match( $way eq 'in' );
        $match =~
          s/(ip6?)( [sd]addr (?:!= )?)\@wrong/$1 . $2 . ($1 eq 'ip6' ? '@wrong6' : '@wrong')/ge;
        $match = ''
          if $family ne 'inet' && $match =~ ( $family eq 'ip' ? qr/ip6|ipv6/ : qr/ip |ipv4|icmp / );
        $text .= "\t\t$match $deed\n" if "$match$deed" =~ /\S/;
    }
    return $text;
}

# --- Loading, and comparing ---

sub to_command {
    my ( $command, $text ) = @_;
    open( my $out, '|-', "$command 2>>$dir/errors" ) or die;
    print $out $text;
    return close $out;
}

sub clear {
    run_ok( 'nft', 'flush', 'ruleset' );
    for my $p ( 'iptables-legacy', 'ip6tables-legacy' ) {
        next unless -x "/usr/sbin/$p";
        for my $t ( 'raw', 'mangle', 'filter' ) {
            my $hooks = $t eq 'raw' ? 'PREROUTING OUTPUT' : $t eq 'filter' ? 'INPUT OUTPUT' : '';
            system(
"$p -t $t -F 2>/dev/null; $p -t $t -X 2>/dev/null; for h in $hooks; do $p -t $t -P \$h ACCEPT 2>/dev/null; done"
            );
        }
    }
}

sub sets {
    to_command( 'ipset restore -exist', <<'END');
create bad hash:ip family inet
add bad 192.0.2.10
add bad 192.0.2.77
create nets hash:net family inet
add nets 192.0.2.8/30
add nets 192.0.2.128/25 nomatch
create pairs hash:ip,port family inet
add pairs 192.0.2.10,tcp:22
add pairs 192.0.2.20,80
create six hash:net family inet6
add six 2001:db8::10
add six 2001:db8:0:0:1::/80
END
}

sub load {
    my $kind = shift;
    if ( $kind eq 'nft' ) {
        my $text = nft_rules();
        return to_command( 'nft -f -', $text ) ? $text : undef;
    }
    my $text = iptables_rules();
    my $program =
      ( $six ? 'ip6tables' : 'iptables' ) . ( $kind eq 'legacy' ? '-legacy' : '-nft' ) . '-restore';
    return to_command( $program, $text ) ? $text : undef;
}

sub texts {
    system("nft -j list ruleset >$dir/nft");
    system("ipset save >$dir/ipset 2>/dev/null || :");
    for my $p ( 'iptables', 'ip6tables' ) {
        system("$p-nft-save >$dir/$p 2>/dev/null");
        system(
"if [ -x /usr/sbin/$p-legacy-save ]; then $p-legacy-save; fi >$dir/$p-legacy 2>/dev/null"
        );
    }
}

sub walk {
    open( my $q, '>', "$dir/questions" ) or die;
    print $q "$_\n" for @_;
    close $q;
    my @a = `$walk $dir <$dir/questions`;
    die "the walk failed\n" if $? != 0 || @a != @_;
    chomp @a;
    return @a;
}

my ( $passed, $failed, $refused, $undecided, $open, $shut ) = (0) x 6;

sub compare {
    my ( $number, $kind, $rules ) = @_;
    my ( $from,   $to,   $port ) = ( one( @{ $peers[$six] } ), $ours[$six], one( 22, 22, @ports ) );
    my $out = maybe(0.25);
    my @q =
      $out
      ? ( "$to $from $port eth0 out", "$from $to $port eth0 reply-in" )
      : ( "$from $to $port eth0 in", "$to $from $port eth0 reply-out" );
    my @a    = walk(@q);
    my $says = ( grep { /^stopped/ } @a ) ? 0 : ( grep { /^undecided/ } @a ) ? undef : 1;
    if ( !defined $says ) {
        $undecided++;
        return;
    }
    my $does;
    if ($out) {
        $does = try_connect( $to, $from, $port );
    }
    else {
        print $order_w "$from $to $port\n";
        $does = <$done_r> + 0;
    }
    take_all(@listeners);
    $does ? $open++ : $shut++;
    if ( $does == $says ) {
        $passed++;
        return;
    }
    $failed++;
    print "firewall: rule set $number ($kind): ", ( $out ? 'out' : 'in' ),
      " $from $port: the kernel ", ( $does ? 'lets it through' : 'does not' ), ", the walk says\n";
    print "    $q[$_]: $a[$_]\n" for 0,                                         1;
    print map { "    | $_\n" } grep { !/^:|^\*|^COMMIT/ || /DROP/ } split /\n/, $rules;
}

sets();
for my $number ( 1 .. $n ) {
    $six = maybe(0.35) ? 1 : 0;
    my $kind = one( 'nft', 'nft', 'iptables', 'iptables',
        -x '/usr/sbin/iptables-legacy-restore' ? 'legacy' : 'iptables' );
    clear();
    my $rules = load($kind);
    if ( !defined $rules ) {
        $refused++;
        next;
    }
    texts();
    compare( $number, $kind, $rules ) for 1 .. 4;
}
close $order_w;
waitpid $peer, 0;
print
"firewall: seed $seed: of $n rule sets $refused were refused by their program; of the connections $open came through, ",
  "$shut did not, $undecided could not be judged\n";
print "firewall: $passed passed, $failed failed\n";
system("sort $dir/errors | uniq -c | sort -rn | head -n 8") if $ENV{SHOW_ERRORS};
exit( $failed > 0 || $passed == 0 ? 1 : 0 );
